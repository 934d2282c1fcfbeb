"""Compares the runs in folders, and writes the page and the tables of the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mobilenas.comparison.comparable import caveats_of, check_comparable
from mobilenas.comparison.compared_run import ComparedRun, read_compared
from mobilenas.comparison.comparison_page import comparison_page
from mobilenas.comparison.figures import Comparison, Reference, costs_of, figures_of, references_of
from mobilenas.comparison.groups import groups_by_settings
from mobilenas.comparison.rows import group_figures, in_csv, run_rows
from mobilenas.files.whole import write_text
from mobilenas.stages.base import STAGE_NAMES

PAGE, RUNS, GROUPS = "index.html", "runs.csv", "groups.csv"


def compare_folders(
    folders: Sequence[Path], targets_ms: Sequence[float] = (), reference: Reference | None = None
) -> Comparison:
    """Returns the comparison of the runs in some folders; runs without a complete search are left out.

    Args:
        folders: the folders of the runs
        targets_ms: target latencies
        reference: the reference point of all hypervolumes; by default the worst evaluations on each device

    Raises:
        ValueError: no run can be compared, or two of them have other tasks, images or splits
    """
    runs, left_out = list[ComparedRun](), list[str]()
    searches = dict[str, Path]()
    for folder in dict.fromkeys(folders):
        try:
            one = read_compared(folder)
        except ValueError as error:
            left_out.append(str(error))
            continue
        if (first := searches.setdefault(one.made[one.searched_by].fingerprint, folder)) is folder:
            runs.append(one)
        else:
            left_out.append(f"{folder} has the same search as {first}.")
    if not runs:
        raise ValueError(f"No run can be compared: {' '.join(left_out)}")
    return compare(runs, targets_ms, reference, left_out)


def compare(
    runs: Sequence[ComparedRun],
    targets_ms: Sequence[float] = (),
    reference: Reference | None = None,
    left_out: Sequence[str] = (),
) -> Comparison:
    """Returns the comparison of runs; see ``compare_folders``."""
    check_comparable(runs)
    references = references_of(runs, reference)
    targets = tuple(sorted(set(targets_ms)))
    return Comparison(
        tuple(groups_by_settings(runs)),
        {str(run.folder): figures_of(run, references[run.device], targets) for run in runs},
        references,
        targets,
        tuple(costs_of(runs, STAGE_NAMES)),
        tuple(caveats_of(runs)),
        tuple(left_out),
    )


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Writes the page and the tables into a folder; returns the path of the page."""
    write_text(folder / RUNS, in_csv(run_rows(comparison)))
    write_text(folder / GROUPS, in_csv(group_figures(comparison)))
    write_text(folder / PAGE, comparison_page(comparison))
    return folder / PAGE
