"""The printed detectors and segmenters: what the notes say of them, and that it is true."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from mobilenas.tables import PrintedNetwork, count, load_published
from mobilenas.tables.counts import printed_network
from mobilenas.tables.tasks import PrintedTask

PUBLISHED = load_published()
NOTES = PUBLISHED.notes
ROWS = [(table, row, row.task) for table in PUBLISHED.tables for row in table.networks if row.task]
NAMES = [f"{table.paper} {table.table} {row.name}" for table, row, _ in ROWS]
TABLE_7 = {row.name.partition(":")[0]: row for table, row, _ in ROWS if table.table == "Table 7"}
TABLE_8 = [row for table, row, _ in ROWS if table.table == "Table 8"]


def with_task(row: PrintedNetwork, change: Callable[[PrintedTask], PrintedTask]) -> PrintedNetwork:
    assert row.task
    return replace(row, task=change(row.task))


def with_one_pixel_more(row: PrintedNetwork) -> PrintedNetwork:
    return with_task(row, lambda task: replace(task, height=task.height + 1, width=task.width + 1))


def weights_and_biases(row: PrintedNetwork) -> tuple[int, int]:
    """What torch counts in the network's convolutions and linear layers."""
    with torch.device("meta"):
        modules = list(printed_network(row).build().modules())
    layers = [part for part in modules if isinstance(part, nn.Conv2d | nn.Linear)]
    return sum(part.weight.numel() for part in layers), sum(
        part.bias.numel() for part in layers if part.bias is not None
    )


def macs_of_the_authors_map(row: PrintedNetwork) -> int:
    """The multiply-adds with one pixel more, and with LR-ASPP's low map as the authors' public code has it."""
    network = printed_network(with_one_pixel_more(row))
    if network.head is None or network.head.name == "r_aspp":
        return network.macs
    maps = [layer for layer in network.layers if layer.output.height == -(-network.input.height // 8)]
    expanded = maps[-1].op.widths().expansion
    assert expanded and maps[-1].op.stride == 1
    pixels = maps[-1].output.height * maps[-1].output.width
    return network.macs + (expanded - maps[0].output.channels) * 19 * pixels


def test_the_rows_of_the_four_tables_are_there() -> None:
    found = [(table.paper, table.table) for table, _, _ in ROWS]
    assert [found.count(("MobileNetV3", f"Table {number}")) for number in (6, 7, 8)] == [10, 11, 8]
    assert found.count(("MnasNet", "Table 3")) == 2 and len(found) == 31


@pytest.mark.parametrize(("row", "task"), [case[1:] for case in ROWS], ids=NAMES)
def test_a_row_of_a_task_says_what_it_is(row: PrintedNetwork, task: PrintedTask) -> None:
    if task.head.name != "ssdlite" and row.params_m:
        assert (", RF2" in row.name) == (task.halving != "none")
        assert row.name.endswith(f" {task.head.name.replace('_', '-').upper()}, F {vars(task.head)['filters']}")
    if not row.params_m:
        assert row.name.endswith(f"output stride {task.output_stride}, {task.height} x {task.width}")


@pytest.mark.parametrize("row", [row for _, row, _ in ROWS], ids=NAMES)
def test_the_weights_are_those_of_convolutions_and_linear_layers(row: PrintedNetwork) -> None:
    assert count(row).weights == weights_and_biases(row)[0]


def test_weights_and_biases_are_the_printed_parameters_of_table_6() -> None:
    rows = [row for _, row, _ in ROWS if "detector_params" in row.notes]
    assert len(rows) == 6
    for row in rows:
        assert round(sum(weights_and_biases(row)) / 1e6, 2) == row.params_m


def test_the_printed_parameters_of_mnasnet_lie_between_two_ways_of_counting() -> None:
    rows = [row for _, row, _ in ROWS if "detector_mnasnet" in row.notes]
    assert len(rows) == 3
    for row in rows:
        assert row.params_m and sum(weights_and_biases(row)) < row.params_m * 1e6 < count(row).params


def test_mobilenet_v2_with_80_classes_has_the_figures_of_the_note() -> None:
    (row,) = [row for table, row, _ in ROWS if table.table == "Table 6" and row.name == "V2"]
    fewer = with_task(row, lambda task: replace(task, head=task.head.with_classes(80)))
    params = f"{sum(weights_and_biases(fewer)) / 1e6:.2f}"
    assert f"{params} M parameters" in NOTES["detector_v2"] and round(float(params), 1) == row.params_m
    assert f"{count(fewer).macs / 1e6:.0f} M multiply-adds" in NOTES["detector_v2"]


@pytest.mark.parametrize(("note", "unit_m", "way"), [("detector_digit", 100, round), ("detector_truncated", 10, int)])
def test_billions_are_printed_with_few_digits(note: str, unit_m: int, way: Callable[[float], int]) -> None:
    (row,) = [row for _, row, _ in ROWS if note in row.notes]
    assert way(count(row).macs / 1e6 / unit_m) * unit_m == row.macs_m


def test_the_expansion_of_the_last_stride_is_halved_with_mobilenet_v3() -> None:
    stays = with_task(TABLE_7["8"], lambda task: replace(task, halving="channels"))
    assert f"{count(stays).params / 1e6:.3f} M" in NOTES["segmenter_rf2"]


@pytest.mark.parametrize("row", TABLE_7)
def test_one_pixel_more_and_the_authors_map_explain_the_multiply_adds(row: str) -> None:
    below = 100 * (1 - macs_of_the_authors_map(TABLE_7[row]) / 1e6 / TABLE_7[row].macs_m)
    said = {"1": 0.3, "2": 0.3, "3": 0.4, "4": 0.4, "9": 1.0, "10": 5.0, "11": 4.1}
    if row in said:
        assert round(below, 1) == said[row]
        assert f"{said[row]}%" in NOTES["segmenter_crop" if row in "12" else "segmenter_low"]
    else:
        assert 1.45 < below < 2.55 and "segmenter_v3_macs" in TABLE_7[row].notes


@pytest.mark.parametrize("row", TABLE_8, ids=lambda row: row.name)
def test_table_8_is_as_far_away_as_table_7(row: PrintedNetwork) -> None:
    below = 100 * (1 - macs_of_the_authors_map(row) / 1e6 / row.macs_m)
    least, most = (1.45, 2.55) if row.network == "mobilenet_v3_large" else (4.0, 6.0)
    assert least < below < most


def test_the_ratio_of_the_resolutions_shows_the_pixel() -> None:
    full, half = TABLE_8[:2]
    ratio = count(with_one_pixel_more(full)).macs / count(with_one_pixel_more(half)).macs
    assert f"{full.macs_m / half.macs_m:.2f}" == f"{ratio:.2f}" == "3.93"
    assert f"{count(full).macs / count(half).macs:.2f}" == "4.00"
    assert re.search(r"is 3\.93, .* ratio 4\.$", NOTES["segmenter_crop"])


def test_all_channels_of_a_detector_are_scaled() -> None:
    (row,) = [row for _, row, _ in ROWS if row.name == "V2 0.35"]
    network = printed_network(row)
    assert vars(network.ops[-1])["out"] == 448  # 0.35 x 1280
    assert vars(network.head)["extras"] == (179, 89, 89, 44)  # 0.35 x (512, 256, 256, 128)
