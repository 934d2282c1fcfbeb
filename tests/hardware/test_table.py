"""A table's prediction is the sum of its rows, and its file holds it exactly."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.search_space import LayerwiseSpace


def test_a_prediction_is_a_share_of_the_sum_of_the_rows_less_the_overhead_of_each_further_piece(
    space: LayerwiseSpace, table: LatencyTable
) -> None:
    for architecture in space.sample(20, np.random.default_rng(1)):
        layers = [layer for layer in space.network(architecture).layers if layer.key != "skip"]
        expected = sum(0.75 * table.rows[layer.key] for layer in layers) - 0.125 * (len(layers) - 1)
        assert table.latency_ms(space.network(architecture)) == pytest.approx(expected, rel=1e-12)


def test_a_skipped_layer_costs_nothing_and_needs_no_row(space: LayerwiseSpace, table: LatencyTable) -> None:
    skip = space.layers[2][0]
    assert skip.key == "skip"
    assert "skip" not in table.rows
    assert table.layer_ms(skip) == 0


def test_a_missing_row_is_named_with_the_table_and_the_way_out(space: LayerwiseSpace, table: LatencyTable) -> None:
    stem = space.layers[0][0]
    rows = {key: value for key, value in table.rows.items() if key != stem.key}
    lacking = replace(table, rows=rows, origin="phone.csv")
    way_out = r"Run stages=\[profile\] on the table's device with the settings of this search"
    message = f"phone.csv has no row for '{re.escape(stem.key)}': .*{way_out}"
    with pytest.raises(ValueError, match=message):
        lacking.latency_ms(space.network((0, 0, 0)))


def test_whatever_changes_a_prediction_is_among_the_figures(table: LatencyTable) -> None:
    others = (
        replace(table, factor=0.5),
        replace(table, overhead_ms=0.5),
        replace(table, rows={**table.rows, "new": 1.0}),
    )
    assert all(other.figures != table.figures for other in others)
    assert replace(table, about={"device": "another"}, origin="a file").figures == table.figures


def test_a_file_holds_the_table_exactly(tmp_path: Path) -> None:
    rows = {"conv 3x8x8 k3": 0.1 + 0.2, "pool, large": 1e-17, 'a "quoted" one': 12345.678901234567}
    table = LatencyTable(rows, 1 / 3, {"device": "a phone: model 3", "engine": "some engine"}, factor=0.7)
    table.save(tmp_path / "new" / "table.csv")
    loaded = LatencyTable.load(tmp_path / "new" / "table.csv")
    assert loaded == table
    assert loaded.origin == str(tmp_path / "new" / "table.csv")


def test_a_file_is_text_that_a_person_can_read(tmp_path: Path) -> None:
    LatencyTable({"conv 3x8x8": 0.25}, 0.5, {"device": "a\nphone"}).save(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == (
        "# device: a phone\n# layer_factor: 1.0\n# constant_ms: 0.5\nlayer,latency_ms\nconv 3x8x8,0.25\n"
    )


def test_a_file_of_rows_alone_has_no_overhead(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("layer,latency_ms\nconv,1.5\n\n")
    assert LatencyTable.load(tmp_path / "table.csv") == LatencyTable({"conv": 1.5})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must have the columns layer,latency_ms, but it has ''"),
        (b"layer,ms\nconv,1\n", "must have the columns layer,latency_ms, but it has 'layer,ms'"),
        (b"layer,latency_ms\nconv\n", "'conv' must have 2 columns"),
        (b"layer,latency_ms\nconv,fast\n", "the latency of 'conv' must be a number, not 'fast'"),
        (b"layer,latency_ms\nconv,nan\n", "the latency of 'conv' must be a number, not 'nan'"),
        (b"layer,latency_ms\nconv,1\npool,1\nconv,2\n", "has more than one row for 'conv'"),
        (b"# constant_ms: little\nlayer,latency_ms\n", "constant_ms must be a number, not 'little'"),
        (b"# layer_factor: 0,7\nlayer,latency_ms\n", "layer_factor must be a number (with a decimal point), not '0,7'"),
        (b"# overhead_ms: 0.1\nlayer,latency_ms\n", "has the number overhead_ms of an older version"),
        (b"\x89PNG\xff\xfe", "is not a text file in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_named_with_its_fault(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}.*{re.escape(message)}"):
        LatencyTable.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.csv cannot be read: No such file"):
        LatencyTable.load(tmp_path / "none.csv")
