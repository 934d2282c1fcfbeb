"""``mobilenas-compare`` compares searches: fronts, hypervolumes, spread over seeds and cost, as a page and tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from mobilenas.files.hashes import fingerprint
from mobilenas.files.paths import path_of
from mobilenas.network.arguments import one_sentence
from mobilenas.settings.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from mobilenas.comparison import Reference


def main(arguments: Sequence[str] | None = None) -> None:
    """Compares the runs that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        from mobilenas.comparison import compare_folders, write_comparison
        from mobilenas.comparison.on_terminal import show_comparison

        for folder in options.runs:
            if not folder.is_dir():
                raise ValueError(f"{folder} is not a folder: give the folders of runs, for example outputs/moga-*.")
        if options.store:
            _merge(options.runs, options.store)
        comparison = compare_folders(options.runs, _targets(options.target_ms), _reference(options.reference))
        names = fingerprint([folder.name for folder in options.runs])[:8]
        output = options.output or options.runs[0].absolute().parent / "comparisons" / names
        show_comparison(comparison, write_comparison(comparison, output))


def _merge(runs: Sequence[Path], store: Path) -> None:
    from mobilenas.comparison.merging import merge_stores

    if not store.absolute().parent.is_dir():
        raise ValueError(f"--store={store} is in a folder that is not there: make the folder, or name another file.")
    stores, evaluations = merge_stores(runs, store)
    sys.stdout.write(f"{store}: {evaluations:,} evaluations, with those of {counted(stores, 'store')}\n\n")


def _targets(given: Sequence[float]) -> tuple[float, ...]:
    for target in given:
        if not (isfinite(target) and target > 0):
            raise ValueError(f"--target-ms must be a number of milliseconds above 0, not {target:g}.")
    return tuple(given)


def _reference(given: str | None) -> Reference | None:
    from mobilenas.comparison import Reference

    if given is None:
        return None
    try:
        latency_ms, accuracy = (float(part) for part in given.split(","))
    except ValueError:
        latency_ms = accuracy = float("nan")
    if not (isfinite(latency_ms) and latency_ms > 0 and 0 <= accuracy < 1):
        raise ValueError(
            f"--reference must be milliseconds above 0 and an accuracy from 0 to 1, as in 0.2,0.1, not {given!r}."
        )
    return Reference(latency_ms, accuracy)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-compare",
        description="Compare searches: their fronts, the hypervolume up to a common reference point, mean and standard"
        " deviation over seeds, and the cost of each stage. Runs that differ only in their seed are one group. Writes"
        " index.html, groups.csv and runs.csv.",
    )
    parser.add_argument("runs", metavar="RUN", nargs="+", type=path_of, help="the folder of a run")
    parser.add_argument("--output", metavar="FOLDER", type=path_of, help="for the page and the tables")
    parser.add_argument(
        "--store", metavar="FILE", type=path_of,
        help="also puts the evaluations of the runs' own stores together into this one, for the setting store",
    )  # fmt: skip
    parser.add_argument(
        "--target-ms", metavar="MS", type=float, action="append", default=[],
        help="also tells the best accuracy within this latency; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--reference", metavar="MS,ACCURACY",
        help="the reference point of hypervolumes, for example 0.2,0.1; by default the slowest and the least accurate"
        " evaluation of all runs on a device",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
