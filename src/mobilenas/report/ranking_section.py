"""Shows a supernet's scores beside the accuracies of the same networks after trainings of their own."""

from html import escape

from mobilenas.report.units import in_percent
from mobilenas.stages.ranking_record import RankedNetwork, RankingRecord

TITLES = ("score of the supernet, %", "alone, on search, %", "alone, on test, %")


def ranking_section(ranking: RankingRecord) -> str:
    """Returns HTML: the correlations in words, and a row for each network, those of the highest scores first."""
    rows = "".join(_row(one) for one in sorted(ranking.networks, key=lambda one: -one.score))
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("architecture", *TITLES))
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    words = f"{ranking.in_words()} Each of these networks was trained alone: {ranking.made_by}."
    return f"<p>{escape(words)}</p><details><summary>All networks</summary>{table}</details>"


def _row(network: RankedNetwork) -> str:
    figures = (network.score, network.search_accuracy, network.test_accuracy)
    cells = "".join(
        f'<td data-title="{title}">{in_percent(figure)}</td>' for title, figure in zip(TITLES, figures, strict=True)
    )
    return f'<tr><th scope="row">{" ".join(map(str, network.architecture))}</th>{cells}</tr>'
