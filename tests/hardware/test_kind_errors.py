"""The kinds of layers that a table misjudges are found from whole networks, and no others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mobilenas.files.text import write_table
from mobilenas.hardware import LatencyTable, Validation
from mobilenas.hardware.fitting import cross_validated
from mobilenas.hardware.kind_errors import kind_errors
from mobilenas.hardware.layer_kinds import COMMON, MOST_KINDS, kinds_ms, layer_kinds
from mobilenas.hardware.profile import layers_of
from mobilenas.hardware.validation import COLUMNS
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import FBNet, LayerwiseSpace, MnasNet, MoGA, ProxylessMobile, SearchSpace

NETWORKS, SEEDS = 50, 20


def sample(space: SearchSpace, seed: int) -> list[NetworkSpec]:
    drawn = space.sample(NETWORKS, np.random.default_rng(seed)).tolist()
    return [space.network(tuple(architecture)) for architecture in drawn]


@pytest.fixture(scope="module")
def moga() -> LayerwiseSpace:
    return MoGA(0.5).space(10, 32)


def true_table(space: SearchSpace, seed: int) -> LatencyTable:
    rng = np.random.default_rng(seed)
    return LatencyTable({key: layer.macs / 1e5 + float(rng.uniform(1, 2)) for key, layer in layers_of(space).items()})


def test_rows_that_are_too_low_are_found_and_the_others_left_in_peace(moga: LayerwiseSpace) -> None:
    """The rows of 7x7 layers with SE are a tenth too low, and each network is measured with an error of .5%."""
    wrong, others = list[float](), list[float]()
    for seed in range(SEEDS):
        rng, real, networks = np.random.default_rng(100 + seed), true_table(moga, seed), sample(moga, seed)
        kinds = layer_kinds(networks)
        low = [key for key, kind in kinds.items() if kind == "mbconv 7x7 SE"]
        table = replace(real, rows=dict(real.rows) | {key: real.rows[key] / 1.1 for key in low})
        measured_ms = [real.latency_ms(network) * float(rng.normal(1, 0.005)) for network in networks]
        predicted_ms = [table.latency_ms(network) for network in networks]
        by_kind = kinds_ms([table.layer_ms] * NETWORKS, networks)
        for one in kind_errors(by_kind, predicted_ms, measured_ms):
            expected = 0.1 if one.kind == "mbconv 7x7 SE" else 0.0
            (wrong if expected else others).append((one.error - expected) / one.standard_error)
            if expected:
                assert one.standard_error < 0.03
                assert abs(one.error - expected) < 0.08
    assert len(wrong) == SEEDS and len(others) >= 5 * SEEDS
    for deviations in (wrong, others):  # in standard errors: their mean square is 1, or less by the prior around 0
        assert 0.25 < float(np.mean(np.square(deviations))) < 1.8
        assert abs(float(np.mean(deviations))) < 0.6


def test_a_right_table_has_no_error_of_any_kind(moga: LayerwiseSpace) -> None:
    table, networks = true_table(moga, 0), sample(moga, 0)
    layers = list(layers_of(moga).values())
    measured_ms = [table.latency_ms(network) for network in networks]
    found = cross_validated(table, networks, measured_ms, layers, corrected=False)
    assert {one.kind for one in found.kind_errors} == found.kinds_ms.keys() - {COMMON} and len(found.kinds_ms) > 4
    common = sum(found.kinds_ms[COMMON]) / sum(found.predicted_ms)
    assert sum(one.share for one in found.kind_errors) + common == pytest.approx(1, abs=0.01)
    assert all(abs(one.error) < 0.01 for one in found.kind_errors)


def test_the_kinds_of_a_prediction_are_the_whole_prediction(moga: LayerwiseSpace) -> None:
    table, networks = replace(true_table(moga, 0), overhead_ms=0.125, factor=0.75), sample(moga, 0)
    by_kind = kinds_ms([table.layer_ms] * NETWORKS, networks)
    summed_ms = [0.125 + sum(one[place] for one in by_kind.values()) for place in range(NETWORKS)]
    assert summed_ms == pytest.approx([table.latency_ms(network) for network in networks])


@pytest.mark.parametrize("space", [FBNet(), MnasNet(), MoGA(), ProxylessMobile()], ids=lambda one: type(one).__name__)
def test_a_space_has_a_few_kinds_that_are_told_apart(space: FBNet | MnasNet | MoGA | ProxylessMobile) -> None:
    kinds = set(layer_kinds(sample(space.space(1000, 224), 0)).values())
    assert COMMON in kinds and 4 <= len(kinds) <= MOST_KINDS
    assert any("5x5" in kind for kind in kinds)


def test_few_networks_have_no_kinds(moga: LayerwiseSpace) -> None:
    networks = sample(moga, 0)[:9]
    assert kinds_ms([true_table(moga, 0).layer_ms] * 9, networks) == {}
    assert kind_errors({}, [1.0, 2.0], [1.0, 2.0]) == ()
    assert kind_errors({"a": [1.0], "b": [1.0]}, [2.0], [2.0]) == ()


def test_a_file_keeps_the_kinds_and_an_old_one_has_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    one, two = (tuple(rng.uniform(1, 2, 12).tolist()) for _ in range(2))
    predicted = tuple(first + second for first, second in zip(one, two, strict=True))
    measured = tuple(value * 1.1 for value in predicted)
    validation = Validation(measured, predicted, (), {"conv": one, "mbconv 3x3 SE e6": two})
    validation.save(tmp_path / "new.csv")
    assert Validation.load(tmp_path / "new.csv") == validation
    assert "errors_by_kind: " in (tmp_path / "new.csv").read_text()
    assert [one.error for one in validation.kind_errors] == pytest.approx([0.1, 0.1])
    write_table(tmp_path / "old.csv", {}, COLUMNS, zip(measured, predicted, predicted, strict=True))
    assert Validation.load(tmp_path / "old.csv") == Validation(measured, predicted, predicted)
