"""Draws the pictures that stand beside the page as files."""

from mobilenas.report.files import FRONT
from mobilenas.report.front_figure import front_figure
from mobilenas.report.palette import png
from mobilenas.report.result import RunResult


def pictures(result: RunResult) -> dict[str, bytes]:
    """Returns PNG by file name: the front, if the search evaluated more than one architecture."""
    return {FRONT: png(front_figure(result))} if len(result.evaluations) > 1 else {}
