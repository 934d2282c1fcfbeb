"""Writes the chosen networks as a table, which becomes a list if the screen is narrow."""

from collections.abc import Sequence
from html import escape
from re import sub

from mobilenas.files.names import file_name
from mobilenas.report.files import TABLE
from mobilenas.report.result import RunResult
from mobilenas.report.table import Column, Row, rows, shown_columns


def page_table(result: RunResult) -> str:
    """Returns HTML with links to each network's files beside the page."""
    lines = rows(result)
    columns = shown_columns(lines)
    titles = "".join(_title(_name(one), one.note) for one in columns)
    files = _title("files", "ONNX: largest difference from torch")
    body = "".join(_line(row, columns) for row in lines)
    return (
        f"<table><thead><tr>{_title('network')}{titles}{files}</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="more"><a href="{TABLE}">All figures as CSV</a></p>'
    )


def _name(column: Column) -> str:
    return f"{column.title}, {column.unit}"


def _title(title: str, note: str = "") -> str:
    return f'<th scope="col">{escape(title)}<small>{escape(note)}</small></th>'


def _line(row: Row, columns: Sequence[Column]) -> str:
    cells = "".join(f'<td data-title="{escape(_name(one))}">{escape(one.cell(row))}</td>' for one in columns)
    name = sub(r"([-_.])", r"\1<wbr>", escape(row["name"]))
    return f'<tr><th scope="row">{name}</th>{cells}<td data-title="files">{_files(row)}</td></tr>'


def _files(row: Row) -> str:
    endings = (".onnx", ".yaml") if row["onnx_error"] else (".yaml",)
    links = [f'<a href="{escape(file_name(row["name"], ending))}">{ending[1:]}</a>' for ending in endings]
    error = f" <small>{float(row['onnx_error']):.0e}</small>" if row["onnx_error"] else ""
    return f"<span>{' '.join(links)}{error}</span>"
