"""Writes the kinds of layers that a latency table misjudges as a small table."""

from html import escape

from mobilenas.hardware import Validation
from mobilenas.report.units import in_percent

WORDS = (
    "Which kinds of layers the table misjudges: above 0, they take longer within networks than predicted; below 0,"
    " shorter. The share is that of the networks' predicted latency; layers that every network has are left out. An"
    " error below two standard errors may be chance."
)
TITLES = ("layers", "share, %", "error, %")


def kind_table(validation: Validation) -> str:
    """Returns HTML with a row for each kind; nothing if the kinds are not known."""
    rows = "".join(
        _row(one.kind, in_percent(one.share), in_percent(one.error, one.standard_error))
        for one in validation.kind_errors
    )
    titles = "".join(f'<th scope="col">{title}</th>' for title in TITLES)
    table = f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<p>{WORDS}</p>{table}" if rows else ""


def _row(kind: str, *cells: str) -> str:
    found = "".join(f'<td data-title="{title}">{cell}</td>' for title, cell in zip(TITLES[1:], cells, strict=True))
    return f'<tr><th scope="row">{escape(kind)}</th>{found}</tr>'
