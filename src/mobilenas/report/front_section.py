"""The interactive pictures of a search: its front, the networks that are pinned on it, and all its decisions."""

from html import escape
from importlib.resources import files

from mobilenas.report.caveats import beyond_the_front
from mobilenas.report.files import FRONT
from mobilenas.report.page_data import as_json, page_data
from mobilenas.report.result import RunResult
from mobilenas.settings.words import counted

SCRIPTS = (
    *("element", "scale", "theme", "data", "selection", "grid", "drag", "dots", "marks", "tip", "keys", "front"),
    *("segments", "options", "parallel", "pager", "ladder", "pinned", "controls", "main"),
)
"""The files of ``web/``, in the order in which they run."""

PLACES = """\
<div id="explorer">
<div class="controls"></div>
<div class="views">
<div><figure class="plot front" tabindex="0" role="group" aria-label="{label}"></figure>
<p class="ramp"><span></span>fewer to more parameters; a rim: on the front; the line: {curve}</p></div>
<aside class="panel" aria-label="pinned network"></aside>
</div>
<h3>Decisions</h3>
<p class="words">{decided}</p>
<div class="selected"></div>
<div class="pager"></div>
<figure class="plot parallel"></figure>
<p class="ramp"><span></span>lower to higher mean accuracy of the architectures in a band</p>
</div>
"""

KEYS = "Arrow keys go along the front, Enter pins a network, and Escape unpins it."

DECIDED = (
    "Each axis is a decision of the search space, and a bar behind an option shows how many of the selected "
    "architectures have it. Drag along one of the last two axes, or across the picture above, to select a range; click "
    "on an option to select the architectures that have it."
)


def front_section(result: RunResult) -> str:
    """Returns HTML with the data and the scripts; an empty text if fewer than two architectures were evaluated."""
    if len(result.evaluations) < 2:
        return ""
    data = page_data(result)
    words = data["words"]
    assert isinstance(words, dict)
    places = PLACES.format(
        label=escape(f"{words['accuracy']} over latency. {KEYS}"), curve=escape(words["curve"]), decided=DECIDED
    )
    without = f'<noscript><p>Without scripts, this is the front:</p><img alt="The front" src="{FRONT}"></noscript>'
    return (
        f"<p>{_front_in_words(result)}</p>{without}{places}"
        f'<script type="application/json" id="data">{as_json(data)}</script>\n<script>{script()}</script>'
    )


def script() -> str:
    """Returns all scripts as one, which leaves no names behind."""
    web = files("mobilenas.report") / "web"
    own = "\n".join(web.joinpath(f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{own}}})();'


def _front_in_words(result: RunResult) -> str:
    if result.adapted:
        measured = ", and their latency is measured" if any(one.measured for one in result.front) else ""
        return (
            "Each point is a network: the seed network, which NetAdapt began with, and all proposals of its steps, each"
            f" after a short fine-tuning. The networks with a rim were taken{measured}. Point at a network to see its"
            " figures; click to pin it."
        )
    words = (
        "Each point is an architecture that the search evaluated. The points with a rim are the search's final Pareto "
        "front. Point at an architecture to see its figures; click to pin it."
    )
    beyond = beyond_the_front(result)
    found = counted(beyond, "architecture")
    dropped = f"Above or left of the curve, the search evaluated {found} that it did not keep."
    return f"{words} {dropped}" if beyond else words
