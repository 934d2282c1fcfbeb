"""The tables of a comparison: one row a group, and one row a run, as texts and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO

from mobilenas.comparison.figures import Comparison, Spread, over_seeds
from mobilenas.comparison.groups import Group
from mobilenas.report.table import MISSING
from mobilenas.report.units import significant
from mobilenas.stages.base import STAGE_NAMES

NamedCells = Mapping[str, str]
"""A row by column."""


def group_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Returns a row for each group, as people read it: mean ± standard deviation over its runs."""
    return [_group_row(comparison, group) for group in comparison.groups]


def run_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Returns a row for each run, with every figure at full precision; a figure that is not known is empty."""
    rows = []
    for group in comparison.groups:
        for one in comparison.of(group):
            reference = comparison.references[group.device]
            row: dict[str, object] = {"group": group.name, "run": str(one.run.folder), "seed": one.run.seed}
            row |= {"device": group.device, "evaluations": len(one.run.told)}
            row |= {"failures": len(one.run.told) - len(one.run.evaluations), "front": len(one.run.front)}
            row |= {"hypervolume": one.hypervolume, "reference_ms": reference.latency_ms}
            row |= {"reference_accuracy": reference.accuracy, "best_accuracy": one.best}
            row |= {f"best_within_{target:g}_ms": value for target, value in one.best_within.items()}
            row |= {f"{stage}_seconds": made.seconds for stage in STAGE_NAMES if (made := one.run.made.get(stage))}
            rows.append({name: "" if value is None else str(value) for name, value in row.items()})
    return rows


def group_figures(comparison: Comparison) -> list[dict[str, str]]:
    """Returns a row for each group, with every figure at full precision."""
    rows = []
    for group in comparison.groups:
        row = {"group": group.name, "device": group.device, "runs": str(len(group.runs))}
        for name, found in _spreads(comparison, group).items():
            row |= {
                f"{name}_mean": _full(found.mean),
                f"{name}_std": _full(found.std),
                f"{name}_runs": str(found.count),
            }
        rows.append(row)
    return rows


def in_csv(rows: Sequence[NamedCells]) -> str:
    """Returns rows as CSV; a column that a row has not is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _group_row(comparison: Comparison, group: Group) -> dict[str, str]:
    evaluations = sorted({len(run.told) for run in group.runs})
    row = {
        "group": group.name,
        "runs": str(len(group.runs)),
        "evaluations": f"{evaluations[0]:,}" + (f" to {evaluations[-1]:,}" if len(evaluations) > 1 else ""),
    }
    found = _spreads(comparison, group)
    row["hypervolume"] = _in_words(found["hypervolume"], significant)
    row["best, %"] = _in_words(found["best_accuracy"], _percent)
    for target in comparison.targets_ms:
        within = found[f"best_within_{target:g}_ms"]
        few = f" ({within.count} of {len(group.runs)} runs)" if 0 < within.count < len(group.runs) else ""
        row[f"within {target:g} ms, %"] = _in_words(within, _percent) + few
    return row


def _spreads(comparison: Comparison, group: Group) -> dict[str, Spread]:
    figures = comparison.of(group)
    found = {
        "hypervolume": over_seeds([one.hypervolume for one in figures]),
        "best_accuracy": over_seeds([one.best for one in figures]),
    }
    return found | {
        f"best_within_{target:g}_ms": over_seeds([one.best_within[target] for one in figures])
        for target in comparison.targets_ms
    }


def _in_words(found: Spread, in_text: Callable[[float], str]) -> str:
    if found.mean is None:
        return MISSING
    return in_text(found.mean) + (f" ± {in_text(found.std)}" if found.std is not None else "")


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _full(value: float | None) -> str:
    return "" if value is None else str(value)
