"""Shows a supernet's scores beside the accuracies of the same networks after trainings of their own."""

from html import escape
from math import sqrt

from mobilenas.report.axes import Axis
from mobilenas.report.svg import Frame, chart, dots, error_bars
from mobilenas.report.units import in_percent
from mobilenas.stages.ranking_record import RankedNetwork, RankingRecord

TITLES = ("score of the supernet, %", "alone, on search, %", "alone, on test, %")


def ranking_section(ranking: RankingRecord) -> str:
    """Returns HTML: the correlations in words, and a row for each network, those of the highest scores first."""
    rows = "".join(_row(one) for one in sorted(ranking.networks, key=lambda one: -one.score))
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("architecture", *TITLES))
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    words = f"{ranking.in_words()} Each of these networks was trained alone: {ranking.made_by}."
    return f"<p>{escape(words)}</p>{_scatter(ranking)}<details><summary>All networks</summary>{table}</details>"


def _scatter(ranking: RankingRecord) -> str:
    """Returns the accuracies over the scores, with the standard errors of the accuracies."""
    points = [(one.score, one.search_accuracy) for one in ranking.networks]
    scores, accuracies = zip(*points, strict=True)
    errors = [sqrt(accuracy * (1 - accuracy) / ranking.search_images) for accuracy in accuracies]
    lower, upper = ([y + sign * error for y, error in zip(accuracies, errors, strict=True)] for sign in (-1, 1))
    frame = Frame(
        Axis.around("score of the supernet", scores, as_percent=True),
        Axis.around("accuracy after a training alone", [*lower, *upper], as_percent=True),
    )
    titles = [
        f"{' '.join(map(str, one.architecture))}: score {one.score:.1%}, alone {one.search_accuracy:.1%}"
        for one in ranking.networks
    ]
    marks = [error_bars(frame, points, errors, "muted"), dots(frame, points, "accent", titles)]
    label = f"Accuracies of networks that were trained alone over the supernet's scores; Kendall's tau {ranking.tau}"
    return chart(frame, marks, label)


def _row(network: RankedNetwork) -> str:
    figures = (network.score, network.search_accuracy, network.test_accuracy)
    cells = "".join(
        f'<td data-title="{title}">{in_percent(figure)}</td>' for title, figure in zip(TITLES, figures, strict=True)
    )
    return f'<tr><th scope="row">{" ".join(map(str, network.architecture))}</th>{cells}</tr>'
