"""Latencies that cannot be are refused where a table is read, and where a network's latency comes out of it."""

from pathlib import Path

import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.hardware.costs import check_table
from mobilenas.hardware.network_costs import cost_model
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import MnasNet, MoGA


@pytest.mark.parametrize("text", ["-0.1", "1e308", "10000001"])
def test_a_latency_that_cannot_be_is_refused_with_the_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "phone.csv"
    path.write_text(f"layer,latency_ms\nconv,{text}\n")
    with pytest.raises(ValueError, match=f"phone.csv: the latency of 'conv' must be from 0 to 1e\\+07, not '{text}'"):
        LatencyTable.load(path)


def test_a_table_that_a_spreadsheet_has_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "phone.csv"
    path.write_bytes(b"\xef\xbb\xbf# constant_ms: 0.5\r\nlayer,latency_ms\r\nconv,1.5\r\n")
    table = LatencyTable.load(path)
    assert (dict(table.rows), table.overhead_ms) == ({"conv": 1.5}, 0.5)


@pytest.mark.parametrize("space", [MoGA(stages=1).space(10, 32), MnasNet(stages=1).space(10, 32)])
def test_a_network_of_less_than_no_time_is_refused(space) -> None:  # type: ignore[no-untyped-def]
    table = LatencyTable(dict.fromkeys(layers_of(space), 1.0), overhead_ms=5.0, origin="phone.csv")
    with pytest.raises(ValueError, match=r"phone.csv predicts -[\d.]+ ms for a network, which must be above 0"):
        cost_model(space, table)([(0,) * len(space.options)])


SPACE = MoGA(stages=1, candidates=("e3_k3", "e6_k5")).space(10, 32)


@pytest.mark.parametrize("low", ["all", "fastest"])
def test_a_table_without_possible_times_is_refused_as_soon_as_it_is_read(low: str) -> None:
    """Of a network of each space one is below 0, or all are."""
    rows = dict.fromkeys(layers_of(SPACE), 1.0)
    if low == "all":
        table = LatencyTable(rows, overhead_ms=1e5, origin="phone.csv")
    else:
        expensive = {layer.key for candidates in SPACE.choices for layer in candidates[1:]}
        rows |= {key: 0.0 if key not in expensive else 1.0 for key in rows}
        table = LatencyTable(rows, overhead_ms=0.01, origin="phone.csv")
        slow = SPACE.network((1,) * len(SPACE.options))
        assert table.latency_ms(slow) > 0
    with pytest.raises(ValueError, match=r"phone.csv predicts -[\de.+]+ ms for a network, which must be above 0"):
        check_table(table, SPACE, ())


def test_networks_that_a_table_does_not_have_are_not_checked() -> None:
    check_table(LatencyTable({}, overhead_ms=1.0), SPACE, ())


@pytest.mark.parametrize("text", ["-1", "nan", "abc", "1e9"])
def test_an_error_of_a_table_that_cannot_be_is_refused_where_it_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "phone.csv"
    path.write_text(f"# rmse_ms: {text}\nlayer,latency_ms\nconv,1.5\n")
    with pytest.raises(ValueError, match=r"phone.csv: rmse_ms must be"):
        LatencyTable.load(path)
