"""What is computed beside the papers' printed figures."""

import re
from math import log10

import pytest
import torch

from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width
from mobilenas.tables import QUANTITIES, PrintedNetwork, count, load_published

PUBLISHED = load_published()
ROWS = [(table, row) for table in PUBLISHED.tables for row in table.networks]
NAMES = [f"{table.paper} {table.table} {row.name}" for table, row in ROWS]


def test_there_are_tables_of_all_five_papers() -> None:
    assert {table.paper for table in PUBLISHED.tables} == {"MnasNet", "ProxylessNAS", "FBNet", "MobileNetV3", "MoGA"}
    assert ROWS


def test_table_9_has_the_widths_and_resolutions_of_figure_7() -> None:
    (table,) = [table for table in PUBLISHED.tables if table.table == "Table 9"]
    for name in ("mobilenet_v3_large", "mobilenet_v3_small"):
        sizes = [(row.width, row.resolution) for row in table.networks if row.network == name]
        widths = {(width, 224) for width in (0.35, 0.5, 0.75, 1.0, 1.25)}
        assert set(sizes) == widths | {(1.0, resolution) for resolution in (96, 128, 160, 192, 224, 256)}
        assert len(sizes) == 10


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=NAMES)
def test_a_row_of_a_width_or_a_resolution_says_so(row: PrintedNetwork) -> None:
    said = {float(number) for number in re.findall(r"\d*\.?\d+", row.name)}
    assert row.width == 1 or row.width in said
    assert row.resolution == 224 or row.resolution in said


@pytest.mark.parametrize(("network", "width"), sorted({(row.network, row.width) for _, row in ROWS}))
def test_the_weights_are_those_of_convolutions_and_linear_layers(network: str, width: float) -> None:
    with torch.device("meta"):
        modules = [layer.build() for layer in scale_width(load_network(network), width).layers]
    kinds = torch.nn.Conv2d | torch.nn.Linear
    layers = [part for module in modules for part in module.modules() if isinstance(part, kinds)]
    assert count(PrintedNetwork("", network, 0, 0, width, 96)).weights == sum(part.weight.numel() for part in layers)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("mnasnet_block", 4 * 2 * 2 * 3 * 3 * 3),
        ("mnasnet_size", 5 * log10(432)),
        ("mnasnet_flat_size", 15 * log10(432)),
        ("proxyless_cifar_decisions", 12 * 18 * 3),
        ("proxyless_cifar_candidates", 7),
        ("fbnet_layers", 22),
        ("fbnet_candidates", 9),
        ("fbnet_size", 22 * log10(9)),
        ("moga_layers", 14),
        ("moga_choices", 12),
        ("last_stage_saves_m", 49 * 960 * (9 + 320) / 1e6 + 49 * 320 * 1280 / 1e6 - 960 * 1280 / 1e6),
        ("slim_stem_saves_m", 112**2 * 16 * (27 + 9 + 16) / 1e6),
    ],
)
def test_a_quantity_is_computed(quantity: str, expected: float) -> None:
    assert QUANTITIES[quantity]() == pytest.approx(expected)


def test_every_quantity_is_printed_by_a_paper() -> None:
    printed = [row.quantity for table in PUBLISHED.tables for row in table.quantities]
    assert sorted(printed) == sorted(QUANTITIES)
