"""Writes the page of a run: one HTML file with all pictures in it, which needs no internet."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from types import MappingProxyType

from mobilenas.files.names import file_name
from mobilenas.report.caveats import caveats
from mobilenas.report.charts.sections import chart_sections
from mobilenas.report.frame import framed, list_of, own_file, section
from mobilenas.report.front_section import front_section
from mobilenas.report.int8_table import int8_section
from mobilenas.report.layers_section import layers_section
from mobilenas.report.page_table import page_table
from mobilenas.report.predictions import predictions_section
from mobilenas.report.ranking_section import ranking_section
from mobilenas.report.result import ChosenBy, RunResult
from mobilenas.report.usage import code
from mobilenas.settings.words import counted

STYLES = ("page.css", "web/explorer.css", "web/plots.css", "web/ladder.css", "web/print.css")
"""The style sheets of this page, in their order."""

CHOSEN: Mapping[ChosenBy, str] = MappingProxyType(
    {
        "spread": "This page shows {count}, chosen at equal distances along the Pareto front, which holds {found}.",
        "reward": "This page shows the {count} with the highest reward. The Pareto front holds {found}.",
        "accuracy": "This page shows the {count} with the best accuracy in the search. The Pareto front holds {found}.",
        "hand": "This page shows {count}, which the command has named. The Pareto front holds {found}.",
    }
)
"""What a run's networks are, by how they were chosen."""


def page(result: RunResult) -> str:
    """Returns the whole page."""
    sections = [section(*one) for one in _sections(result)]
    return framed(result.title, lead(result), sections, "".join(own_file(name) for name in STYLES))


def lead(result: RunResult) -> str:
    """Returns the run in one sentence or two."""
    count = counted(len(result.networks), "network")
    if not result.evaluations:
        trained = any(network.test_accuracy is not None for network in result.networks)
        return f"This page shows {count}, trained on these images." if trained else f"This page shows {count}."
    if result.adapted:
        steps, proposals = len(result.front) - 1, len(result.evaluations) - 1
        if not steps:
            return f"This page shows {count}; NetAdapt took no step."
        taken = f"in {counted(steps, 'step')}; each step took the best of its proposals ({proposals:,} in all)"
        return f"This page shows {count}, made smaller by NetAdapt {taken}."
    if len(result.evaluations) == 1:
        return f"This page shows {count}, the most probable one by the probabilities that the search has learned."
    found = f"{len(result.front)} of {len(result.evaluations):,} evaluated architectures"
    return CHOSEN[result.chosen_by].format(count=count, found=found)


def _sections(result: RunResult) -> Iterator[tuple[str, str, str]]:
    """Yields title, content and kind of each section that has something to show."""
    for title, make in SECTIONS:
        if content := make(result):
            yield title, content, "whole"
    yield from chart_sections(result)
    yield "How it was made", _facts(result), "whole"
    yield "Use a network", _usage(result), "whole"


def _networks(result: RunResult) -> str:
    return page_table(result) + list_of(caveats(result))


def _ranking(result: RunResult) -> str:
    return ranking_section(result.ranking) if result.ranking else ""


def _facts(result: RunResult) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in result.facts.items())
    settings = f"<details><summary>All settings</summary><pre>{escape(result.settings)}</pre></details>"
    return f"<dl>{lines}</dl>{settings if result.settings else ''}"


def _usage(result: RunResult) -> str:
    exported = [network.name for network in result.networks if network.onnx_error is not None]
    if not exported:
        return "<p>No network was exported: this run has trained none.</p>"
    words = "Each network is one ONNX file. The file holds the names of its classes and how its images are normalized."
    if result.score_name == "mAP":
        words += " The anchors, from which boxes are computed, are in the CSV file beside it."
    lines = code(file_name(exported[0], ".onnx"), result.images, result.networks[0].spec)
    return f"<p>{words}</p><pre>{escape(lines)}</pre>"


SECTIONS: tuple[tuple[str, Callable[[RunResult], str]], ...] = (
    ("Networks", _networks),
    ("Accuracy, latency and parameters", front_section),
    ("Predictions", predictions_section),
    ("How well the supernet ranks", _ranking),
    ("Layer by layer", layers_section),
    ("With numbers of 8 bits", int8_section),
)
"""The first sections: the title of each, and what makes its content; an empty content leaves it out."""
