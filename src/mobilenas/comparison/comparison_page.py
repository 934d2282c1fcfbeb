"""Writes the page of a comparison: one HTML file, which needs neither a script nor the internet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from mobilenas.comparison.comparable import short_names
from mobilenas.comparison.compared_fronts import compared_fronts_chart, look_of
from mobilenas.comparison.figures import Comparison, StageCost
from mobilenas.comparison.rows import NamedCells, group_rows
from mobilenas.report.frame import framed, list_of, own_file, section
from mobilenas.report.table import MISSING
from mobilenas.report.units import significant
from mobilenas.settings.words import counted


def comparison_page(comparison: Comparison) -> str:
    """Returns the whole page."""
    own = files("mobilenas.comparison").joinpath("comparison.css").read_text("utf-8")
    runs = sum(len(group.runs) for group in comparison.groups)
    title = f"Comparison of {runs:,} searches" if runs > 1 else "One search"
    return framed(title, _lead(comparison), list(_sections(comparison)), own + own_file("web/print.css"))


def references_in_words(comparison: Comparison) -> list[str]:
    """Returns a sentence for the reference point of each device."""
    names = short_names(comparison.references)
    return [
        f"Hypervolumes are areas up to {significant(one.latency_ms)} ms and {100 * one.accuracy:.2f} % accuracy"
        f"{f' on {names[device]}' if len(names) > 1 else ''}, in accuracy times milliseconds."
        for device, one in comparison.references.items()
    ]


def _lead(comparison: Comparison) -> str:
    groups = counted(len(comparison.groups), "group")
    return f"{groups[0].upper()}{groups[1:]} of settings; runs of a group differ only in their seed."


def _sections(comparison: Comparison) -> Iterator[str]:
    yield section("Figures", list_of(comparison.caveats) + _figures(comparison))
    words = "A line shows the highest accuracy that a run has found within a latency; its dots are the run's front."
    if comparison.targets_ms:
        words += " Dashed lines are the target latencies."
    yield section("Fronts", f"<p>{words}</p>{compared_fronts_chart(comparison)}")
    yield section("Cost", _costs(comparison.costs))
    if comparison.left_out:
        yield section("Left out", list_of(comparison.left_out))


def _figures(comparison: Comparison) -> str:
    words = [*references_in_words(comparison), "Means ± standard deviations are over the runs of a group."]
    marks = [f'<i class="{look_of(number)}"></i>' for number in range(len(comparison.groups))]
    return f"<p>{escape(' '.join(words))}</p>{_table(group_rows(comparison), marks)}{_single_runs(comparison)}"


def _single_runs(comparison: Comparison) -> str:
    rows, marks = list[NamedCells](), list[str]()
    for number, group in enumerate(comparison.groups):
        for one in comparison.of(group):
            row = {"run": one.run.name, "seed": str(one.run.seed), "evaluations": f"{len(one.run.told):,}"}
            row |= {"hypervolume": significant(one.hypervolume), "best, %": f"{100 * one.best:.1f}"}
            for target, best in one.best_within.items():
                row[f"within {target:g} ms, %"] = MISSING if best is None else f"{100 * best:.1f}"
            rows.append(row)
            marks.append(f'<i class="{look_of(number)}"></i>')
    return f"<details><summary>Each run</summary>{_table(rows, marks)}</details>"


def _costs(costs: Sequence[StageCost]) -> str:
    rows = [
        {
            "stage": one.stage,
            "runs": str(one.runs),
            "made": counted(one.made, "time"),
            "seconds in all": MISSING if one.seconds is None else f"{one.seconds:,.1f}",
            "evaluations in all": MISSING if one.evaluations is None else f"{one.evaluations:,}",
        }
        for one in costs
    ]
    words = "What several runs share was made once. Seconds are those of this machine, other jobs beside it included."
    return f"<p>{words}</p>{_table(rows, [''] * len(rows))}"


def _table(rows: Sequence[NamedCells], marks: Sequence[str]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row"><div>{mark}<span>{escape(row[names[0]])}</span></div></th>'
        + "".join(f'<td data-title="{escape(name)}">{escape(row.get(name, MISSING))}</td>' for name in names[1:])
        + "</tr>"
        for row, mark in zip(rows, marks, strict=True)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
