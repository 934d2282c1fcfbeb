"""What is said where a printed figure is not met, and that it is true."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width
from mobilenas.ops import SqueezeExcite
from mobilenas.tables import QUANTITIES, Counts, PrintedNetwork, PrintedQuantity, count, load_published

PUBLISHED = load_published()
ROWS = [(table, row) for table in PUBLISHED.tables for row in table.networks]
NAMES = [f"{table.paper} {table.table} {row.name}" for table, row in ROWS]
Way = Callable[[Counts, int], float]


def rounded(number: float, decimals: int) -> float:
    return round(number / 1e6, decimals)


def truncated(number: float, decimals: int) -> float:
    return int(number * 10**decimals / 1e6) / 10**decimals


def decimals_of(printed: float | None) -> int:
    return len(str(printed).partition(".")[2])


def is_met(row: PrintedNetwork, counts: Counts) -> tuple[bool, bool]:
    """Whether the printed parameters are these, rounded, and the printed multiply-adds too or within 2%."""
    params = row.params_m in (None, rounded(counts.params, decimals_of(row.params_m)))
    macs = rounded(counts.macs, decimals_of(row.macs_m)) == row.macs_m
    return params, macs or counts.macs / 1e6 == pytest.approx(row.macs_m, rel=0.02)


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=NAMES)
def test_a_figure_that_is_not_met_has_a_note(row: PrintedNetwork) -> None:
    assert all(is_met(row, count(row))) or row.notes


@pytest.mark.parametrize(
    "row", [row for table in PUBLISHED.tables for row in table.quantities], ids=lambda row: row.name
)
def test_a_quantity_that_is_not_met_has_a_note(row: PrintedQuantity) -> None:
    assert round(QUANTITIES[row.quantity]()) == row.value or row.notes


# What these notes say of the parameters.
@pytest.mark.parametrize(
    ("note", "ways"),
    [
        ("v3_params", [lambda counts, decimals: truncated(counts.params, decimals)]),
        ("moga_a", [lambda counts, decimals: truncated(counts.params, decimals)]),
        ("proxyless", [lambda counts, decimals: truncated(counts.params, decimals)]),
        ("segmenter_params", [lambda counts, decimals: truncated(counts.params, decimals)]),
        ("v2", [lambda counts, decimals: truncated(counts.weights, decimals)]),
        ("fbnet_c", [lambda counts, decimals: rounded(counts.weights, decimals)]),
        (
            "v2_13",
            [
                lambda counts, decimals: truncated(counts.params, decimals),
                lambda counts, decimals: rounded(counts.weights, decimals),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_note_on_parameters_is_true(note: str, ways: list[Way]) -> None:
    rows = [(row, count(row)) for _, row in ROWS if note in row.notes]
    unmet = [(row, counts) for row, counts in rows if not is_met(row, counts)[0]]
    assert unmet
    for row, counts in unmet:
        assert {way(counts, decimals_of(row.params_m)) for way in ways} == {row.params_m}


@pytest.mark.parametrize("note", ["v2_14", "large_035"])
def test_what_no_way_of_counting_meets_is_met_by_none(note: str) -> None:
    rows = [row for _, row in ROWS if note in row.notes]
    assert rows
    for row in rows:
        numbers = count(row).params, count(row).weights
        assert row.params_m not in [way(number, 1) for way in (rounded, truncated) for number in numbers]


def test_one_count_of_mobilenet_v2_is_printed_in_three_ways() -> None:
    counts = count(PrintedNetwork("V2 0.35", "mobilenet_v2", 1.6, 59.2, width=0.35))
    ways = (truncated(counts.params, 1), rounded(counts.weights, 2), rounded(counts.params, 1))
    assert {row.params_m for _, row in ROWS if "v2_035" in row.notes} == set(ways) == {1.6, 1.66, 1.7}


def test_fbnet_truncates_the_multiply_adds_of_mobilenet_v2() -> None:
    rows = [row for table, row in ROWS if (table.paper, table.table) == ("FBNet", "Table 4")]
    assert len(rows) == 5
    assert [row.macs_m for row in rows] == [truncated(count(row).macs, 0) for row in rows]


def _with_expanded_se(network: NetworkSpec) -> NetworkSpec:
    ops = [replace(op, se=replace(op.se, of="expanded")) if getattr(op, "se", None) else op for op in network.ops]
    return replace(network, ops=tuple(ops))


def test_the_figures_of_other_readings_are_those_of_their_networks() -> None:
    small, notes = load_network("mobilenet_v3_small"), PUBLISHED.notes
    half = scale_width(small, 0.5)
    wide_stem = replace(half, ops=(replace(half.ops[0], out=16), *half.ops[1:]))
    ticked = small.params + SqueezeExcite(divisor=8).params(96, 576)
    assert f"{load_network('mobilenet_v3_small_1024').params / 1e6:.2f} M" in notes["small_hidden"]
    assert f"{ticked / 1e6:.2f} M" in notes["small_hidden"]
    assert f" gives {wide_stem.macs / 1e6:.1f}." in notes["small_050"]
    assert f"{_with_expanded_se(load_network('mnasnet_a1')).params / 1e6:.2f} M" in notes["a1_se"]


def test_every_note_is_named_by_a_row() -> None:
    rows = [row for table in PUBLISHED.tables for row in (*table.networks, *table.quantities)]
    assert {note for row in rows for note in row.notes} == set(PUBLISHED.notes)
