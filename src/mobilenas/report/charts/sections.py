"""The sections of the page that hold charts, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from mobilenas.report.baseline_table import baseline_table
from mobilenas.report.charts.costs import costs_section
from mobilenas.report.charts.device_speed import device_speed_chart
from mobilenas.report.charts.latency_history import latency_history_chart
from mobilenas.report.charts.operations import operations_chart
from mobilenas.report.charts.probabilities import probabilities_chart
from mobilenas.report.charts.samples import samples_chart
from mobilenas.report.charts.search_course import front_course_chart, hypervolume_chart
from mobilenas.report.charts.search_ranking import search_ranking_chart
from mobilenas.report.charts.validation import errors_in_words, residuals_chart, validation_chart
from mobilenas.report.charts.worth_of_layers import worth_chart
from mobilenas.report.kind_table import kind_table
from mobilenas.report.result import RunResult


@dataclass(frozen=True)
class ChartSection:
    """A section of the page.

    Args:
        title: its title
        words: what is shown, in a sentence or two
        make: returns its content as HTML; an empty text leaves the section out
        kind: ``whole``, or ``half`` of the page's width on a wide screen
    """

    title: str
    words: str
    make: Callable[[RunResult], str]
    kind: str = "half"

    def html(self, result: RunResult) -> str:
        """Returns the content with the words before it, or an empty text."""
        content = self.make(result)
        return f"<p>{escape(self.words)}</p>{content}" if content else ""


def _validation(result: RunResult) -> str:
    if not result.validation:
        return ""
    return f"<p>{escape(errors_in_words(result.validation))}</p>{validation_chart(result.validation)}"


def _residuals(result: RunResult) -> str:
    return residuals_chart(result.validation) + kind_table(result.validation) if result.validation else ""


SECTIONS = (
    ChartSection(
        "Published networks beside it",
        "Networks of the papers, trained on these images by the recipe of the chosen networks, with latency on the same"
        " device. A search is worth its time if its networks are above or left of them.",
        baseline_table,
        "whole",
    ),
    ChartSection(
        "The front over the search",
        "The non-dominated architectures in accuracy and latency after some rounds of the search, the last ones in the"
        " strongest colour.",
        front_course_chart,
    ),
    ChartSection(
        "Hypervolume over the search",
        "The area that the front dominates. If it still rises at the end, a longer search would find more.",
        hypervolume_chart,
    ),
    ChartSection(
        "How well the search ranks",
        "The score that the search gave each trained network, and its accuracy after the training, with its standard"
        " error.",
        search_ranking_chart,
    ),
    ChartSection(
        "Probabilities over the epochs",
        "A strip for each layer: epochs from left to right, a row for each option, and the stronger the colour, the"
        " more probable. The option in bold is the most probable one at the end. Point at a row to see its figures.",
        probabilities_chart,
        "whole",
    ),
    ChartSection(
        "Points per millisecond",
        "What each choice is worth: the accuracy that it adds over the milliseconds that it adds, both compared with"
        " the fastest option of the same layer, which has a 0. The milliseconds are exact differences of the latency"
        " table. The accuracy is the effect of the choice in one ridge regression on all evaluated architectures, as"
        " if the effects of the layers added up; its error is a standard error. Point at a choice to see its figures.",
        worth_chart,
        "whole",
    ),
    ChartSection(
        "Where the time goes",
        "The time of one forward pass by kind of operation, from the engine's profiler. The profiler slows small"
        " operations down.",
        operations_chart,
    ),
    ChartSection(
        "Latency over the search",
        "Latencies are predicted from the latency table, with the probabilities that the search had learned after each"
        " epoch.",
        latency_history_chart,
    ),
    ChartSection(
        "Latency of the sampled architectures",
        "The latencies of all architectures that the search evaluated, and the target of its reward.",
        samples_chart,
    ),
    ChartSection(
        "Predicted and measured latency",
        "Each point is a random network that was measured as a whole. Its prediction is from a table that was corrected"
        " without it.",
        _validation,
    ),
    ChartSection(
        "Errors of the predictions",
        "The same networks in the order in which they were drawn. Each round of the measurement visits all of them, so"
        " that a device that becomes slower meanwhile changes all errors alike, and no trend should be seen.",
        _residuals,
    ),
    ChartSection(
        "The device while its table was measured",
        "Each point is a visit to one piece, or to a few in turn: its time over the time by the table. The table leaves"
        " out what lasts for several visits, because all pieces are visited in turns.",
        lambda result: device_speed_chart(result.slowness),
    ),
    ChartSection(
        "What it cost",
        "The time of each stage on this machine, all attempts together; a stage that was taken from another run has the"
        " time that it took there.",
        costs_section,
    ),
)


def chart_sections(result: RunResult) -> Iterator[tuple[str, str, str]]:
    """Yields title, content and kind of each section that has something to show."""
    for one in SECTIONS:
        if content := one.html(result):
            yield one.title, content, one.kind
