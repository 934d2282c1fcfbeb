"""Writes a run's result as files."""

from pathlib import Path

from mobilenas.files.names import file_name
from mobilenas.report.baseline_table import baselines_csv
from mobilenas.report.files import BASELINES, PAGE, TABLE
from mobilenas.report.page import page
from mobilenas.report.pictures import pictures
from mobilenas.report.result import RunResult
from mobilenas.report.table import to_csv


def write(result: RunResult, folder: Path) -> None:
    """Writes the page, its pictures, the table, and a description of each network."""
    for name, png in pictures(result).items():
        (folder / name).write_bytes(png)
    for network in result.networks:
        (folder / file_name(network.name, ".yaml")).write_text(network.spec.to_yaml(), "utf-8")
    (folder / TABLE).write_text(to_csv(result), "utf-8")
    if result.baselines:
        (folder / BASELINES).write_text(baselines_csv(result), "utf-8")
    (folder / PAGE).write_text(page(result), "utf-8")
