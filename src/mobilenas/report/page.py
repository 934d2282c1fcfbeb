"""Writes the page of a run: one HTML file with all pictures in it, which needs no internet."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from string import Template

from mobilenas.files.names import file_name
from mobilenas.report.caveats import beyond_the_front, caveats
from mobilenas.report.charts.sections import chart_sections
from mobilenas.report.files import FRONT, picture_name
from mobilenas.report.front_plot import front_plot
from mobilenas.report.int8_table import int8_section
from mobilenas.report.page_table import page_table
from mobilenas.report.predictions import predictions_section
from mobilenas.report.ranking_section import ranking_section
from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.usage import code
from mobilenas.settings.words import counted

Pictures = Mapping[str, bytes]
"""The pictures as PNG, by file name."""


def page(result: RunResult, pictures: Pictures) -> str:
    """Returns the whole page."""
    own = files("mobilenas.report")
    return Template(own.joinpath("page.html").read_text("utf-8")).substitute(
        title=escape(result.title),
        lead=escape(lead(result)),
        style="".join(own.joinpath(name).read_text("utf-8") for name in ("page.css", "charts.css")),
        sections="\n".join(_sections(result, pictures)),
    )


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
    if result.by_reward:
        return f"This page shows the {count} with the highest reward. The Pareto front holds {found}."
    return f"This page shows {count}, chosen at equal distances along the Pareto front, which holds {found}."


def _sections(result: RunResult, pictures: Pictures) -> Iterator[str]:
    yield _section("Networks", page_table(result) + _list(caveats(result)))
    if FRONT in pictures:
        yield _section("Accuracy, latency and parameters", f"<p>{_front_in_words(result)}</p>{front_plot(result)}")
    if predicted := predictions_section(result):
        yield _section("Predictions", predicted)
    if result.ranking:
        yield _section("How well the supernet ranks", ranking_section(result.ranking))
    yield _section("Layer by layer", _layers(result, pictures))
    if int8 := int8_section(result):
        yield _section("With numbers of 8 bits", int8)
    for title, content, kind in chart_sections(result):
        yield _section(title, content, kind)
    yield _section("How it was made", _facts(result))
    yield _section("Use a network", _usage(result))


def _section(title: str, content: str, kind: str = "whole") -> str:
    return f'<section class="{kind}">\n<h2>{escape(title)}</h2>\n{content}\n</section>'


def _list(sentences: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def _image(png: bytes, alt: str) -> str:
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{b64encode(png).decode()}">'


def _front_in_words(result: RunResult) -> str:
    if result.adapted:
        measured = ", and their latency is measured" if any(one.measured for one in result.front) else ""
        return (
            "Each point is a network: the seed network, which NetAdapt began with, and all proposals of its steps, each"
            f" after a short fine-tuning. The networks with a rim were taken{measured}. Point at a network to see its"
            " figures."
        )
    words = (
        "Each point is an architecture that the search evaluated. The points with a rim are the search's final Pareto "
        "front. Point at an architecture to see its figures."
    )
    beyond = beyond_the_front(result)
    found = counted(beyond, "architecture")
    dropped = f"Above or left of the curve, the search evaluated {found} that it did not keep."
    return f"{words} {dropped}" if beyond else words


def _layers(result: RunResult, pictures: Pictures) -> str:
    words = (
        "Each picture shows a network from the image down to the classes. E is the expansion ratio, K is the kernel, "
        "and SE is squeeze-and-excitation. A thick line shows where the map shrinks, and dashed lines separate the "
        "network's ends from its blocks. Wider blocks have more channels, on a logarithmic scale."
    )
    if any(one.spec.head for one in result.networks):
        words += " The last block is the head. A dot marks each layer whose map the head reads."
    figures = "".join(_layers_of(network, pictures) for network in result.networks)
    return f'<p>{words}</p><div class="networks">{figures}</div>'


def _layers_of(network: NetworkResult, pictures: Pictures) -> str:
    return f"<figure>{_image(pictures[picture_name(network.name)], f'The layers of {network.name}')}</figure>"


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
