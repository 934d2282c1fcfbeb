"""Corrections find what rows are off by within networks, and stay away where nothing can be learned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.hardware.correction import FEWEST, corrections
from mobilenas.hardware.features import layer_features
from mobilenas.hardware.profile import layers_of
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from mobilenas.search_space import LayerwiseSpace


@pytest.fixture(scope="module")
def space() -> LayerwiseSpace:
    """6^5 architectures."""
    candidates = tuple[Op, ...](
        MBConv(8, kernel, expanded=expanded, residual=True) for kernel in (3, 5) for expanded in (8, 16, 24)
    )
    firsts = tuple[Op, ...](MBConv(8, kernel, expanded=expanded) for kernel in (3, 5) for expanded in (8, 16, 24))
    positions = ((Conv(4, 3),), firsts, candidates, candidates, candidates, candidates, (Classifier(5),))
    return LayerwiseSpace("tiny", Shape(3, 8, 8), positions)


@pytest.fixture(scope="module")
def layers(space: LayerwiseSpace) -> list[Layer]:
    return list(layers_of(space).values())


def networks(space: LayerwiseSpace, count: int, seed: int) -> list[NetworkSpec]:
    return [space.network(tuple(one)) for one in space.sample(count, np.random.default_rng(seed)).tolist()]


def errors(table: LatencyTable, real: LatencyTable, tested: list[NetworkSpec]) -> float:
    return float(np.std([table.latency_ms(one) - real.latency_ms(one) for one in tested]))


@pytest.mark.parametrize("kind", ["rows", "features"])
def test_the_error_on_other_networks_falls(kind: str, space: LayerwiseSpace, layers: list[Layer]) -> None:
    """Over many tables: real rows differ from the measured ones by a share of each, or by what a feature costs."""
    ratios = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rows = {layer.key: float(rng.uniform(1, 2)) for layer in layers}
        if kind == "rows":
            real = {key: took_ms * float(rng.normal(1, 0.1)) for key, took_ms in rows.items()}
        else:
            cost = float(rng.uniform(1, 2)) / max(layer_features(layer).get("mbconv expansion", 0) for layer in layers)
            real = {
                layer.key: rows[layer.key] + cost * layer_features(layer).get("mbconv expansion", 0.0)
                for layer in layers
            }
        table, truth = LatencyTable(rows), LatencyTable(real)
        known = networks(space, 60, seed)
        found = corrections(table, known, [truth.latency_ms(one) for one in known], layers)
        others = networks(space, 100, 100 + seed)
        ratios.append(errors(replace(table, corrections=found), truth, others) / errors(table, truth, others))
    assert np.mean(ratios) < 0.3 and max(ratios) < 0.6


def test_a_table_that_is_right_but_for_noise_is_not_made_worse(space: LayerwiseSpace, layers: list[Layer]) -> None:
    added = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        table = LatencyTable({layer.key: float(rng.uniform(1, 2)) for layer in layers})
        known = networks(space, 60, seed)
        noisy = [table.latency_ms(one) + float(rng.normal(0, 0.05)) for one in known]
        found = replace(table, corrections=corrections(table, known, noisy, layers))
        added.append(errors(found, table, networks(space, 100, 100 + seed)))
    assert np.mean(added) < 0.025 and max(added) < 0.05  # of a noise of .05 ms


def test_few_networks_teach_nothing(space: LayerwiseSpace, layers: list[Layer]) -> None:
    table = LatencyTable({layer.key: 1.0 for layer in layers})
    assert corrections(table, networks(space, FEWEST - 1, 0), [9.0] * (FEWEST - 1), layers) == {}


def test_the_corrections_are_part_of_the_table_and_of_its_file(
    space: LayerwiseSpace, layers: list[Layer], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    rows, extra = ({layer.key: float(rng.uniform(1, 2)) for layer in layers} for _ in range(2))
    table = LatencyTable(rows, 0.25, factor=0.5, corrections=extra)
    network = space.network([0] * len(space.options))
    expected = 0.25 + sum(0.5 * rows[layer.key] - 0.25 + extra[layer.key] for layer in network.layers)
    assert table.latency_ms(network) == pytest.approx(expected)
    assert table.figures != replace(table, corrections={}).figures
    table.save(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().splitlines()[2] == "layer,latency_ms,correction_ms"
    assert LatencyTable.load(tmp_path / "table.csv") == table
