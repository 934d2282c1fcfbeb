"""The latency predictor on networks whose latency is a known sum over layers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from mobilenas.engine import Engine
from mobilenas.hardware import CostTable, LatencyPredictor, PredictorHardware, Profile, TableHardware
from mobilenas.hardware.chains import distinct_networks
from mobilenas.hardware.features import layer_features
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import MBConv, Shape, Skip
from mobilenas.search_space import MoGA, ProxylessCifar, ProxylessMobile
from mobilenas.timing import Timing
from mobilenas.timing.rounds import TimedRun

SPACE = ProxylessMobile(0.25, stages=3, blocks=2, hidden=0.25, unstrided=2).space(10, 16)


def _truth(network: NetworkSpec) -> float:
    """Milliseconds that grow with multiply-adds and memory, and more for a kernel of 7 than its work tells."""
    return sum(
        0.01 + 2 * layer.macs / 1e6 + 3 * layer.output.channels * layer.output.height**2 / 1e6
        + (0.02 if isinstance(layer.op, MBConv) and layer.op.kernel == 7 else 0.0)
        for layer in network.layers
        if not isinstance(layer.op, Skip)
    )  # fmt: skip


@pytest.fixture(scope="module")
def networks() -> list[NetworkSpec]:
    return distinct_networks(SPACE, 300, np.random.default_rng(0))


@pytest.fixture(scope="module")
def predictor(networks: list[NetworkSpec]) -> LatencyPredictor:
    return LatencyPredictor.fit(networks[:240], [_truth(network) for network in networks[:240]])


def test_it_finds_a_latency_that_is_a_sum_over_layers(predictor: LatencyPredictor, networks: list[NetworkSpec]) -> None:
    for network in networks[240:]:
        assert predictor.latency_ms(network) == pytest.approx(_truth(network), rel=2e-3)


def test_measuring_noise_averages_out(networks: list[NetworkSpec]) -> None:
    rng = np.random.default_rng(1)
    noisy = [_truth(network) * rng.normal(1, 0.02) for network in networks[:240]]
    predictor = LatencyPredictor.fit(networks[:240], noisy)
    errors = [predictor.latency_ms(network) / _truth(network) - 1 for network in networks[240:]]
    assert np.std(errors) < 0.015


def test_it_orders_networks_of_a_width_that_it_has_not_seen(predictor: LatencyPredictor) -> None:
    wider = ProxylessMobile(0.35, stages=3, blocks=2, hidden=0.25, unstrided=2).space(10, 16)
    others = distinct_networks(wider, 50, np.random.default_rng(2))
    predicted, true = [predictor.latency_ms(one) for one in others], [_truth(one) for one in others]
    assert np.corrcoef(predicted, true)[0, 1] > 0.8


def test_it_is_saved_as_text_and_read_back(predictor: LatencyPredictor, tmp_path: Path) -> None:
    predictor.save(tmp_path / "predictor.csv")
    assert LatencyPredictor.load(tmp_path / "predictor.csv") == predictor
    assert (tmp_path / "predictor.csv").read_text().startswith("feature,ms\n")


def test_another_device_is_searched_for_with_its_file(predictor: LatencyPredictor, tmp_path: Path) -> None:
    path = tmp_path / "predictor.csv"
    replace(predictor, about={"device": "phone"}).save(path)
    table = TableHardware(str(path)).profile(SPACE).table
    network = SPACE.network([0] * len(SPACE.options))
    assert table.latency_ms(network) == pytest.approx(predictor.latency_ms(network))
    assert table.about == {"device": "phone"}


def test_a_kind_of_layer_that_no_measured_network_had_is_refused(predictor: LatencyPredictor, tmp_path: Path) -> None:
    predictor.save(tmp_path / "phone.csv")
    with pytest.raises(ValueError, match=r"phone\.csv has no weight for 'mbconv se .*fit it to more networks"):
        TableHardware(str(tmp_path / "phone.csv")).profile(MoGA(0.25, stages=3, blocks=2, hidden=0.25).space(10, 16))


def test_a_feature_that_is_0_in_every_network_has_no_weight() -> None:
    space = ProxylessCifar(blocks=1, channels=16).space(10, 8)
    networks = [space.network(one) for one in space.sample(20, np.random.default_rng(0)).tolist()]
    totals = [features for one in networks for layer in one.pieces for features in [layer_features(layer)]]
    zero = {name for one in totals for name in one} - {name for one in totals for name, value in one.items() if value}
    assert zero
    found = LatencyPredictor.fit(networks, [one.macs / 1e7 for one in networks])
    assert np.isfinite(list(found.weights.values())).all()
    assert {found.weights[name] for name in zero} == {0.0}


def test_a_skipped_layer_takes_no_time(predictor: LatencyPredictor) -> None:
    assert predictor.layer_ms(Layer(Skip(), Shape(8, 4, 4))) == 0.0


# Appendix B: type, input and output size, kernel, stride, expansion.
@pytest.mark.parametrize(
    "change",
    [{"kernel": 5}, {"stride": 2}, {"expanded": 96}, {"out": 24}, {"expanded": None}, {"groups": 2}, {"dilation": 2}],
    ids=str,
)
def test_every_attribute_of_a_layer_is_a_feature(change: dict[str, int]) -> None:
    base = {"out": 16, "kernel": 3, "stride": 1, "expanded": 48}
    one, other = (layer_features(Layer(MBConv(**fields), Shape(16, 8, 8))) for fields in (base, base | change))
    keys = {Layer(MBConv(**fields), Shape(16, 8, 8)).key for fields in (base, base | change)}
    assert {name: value for name, value in one.items() if name not in keys} != {
        name: value for name, value in other.items() if name not in keys
    }


class FakeEngine(Engine):
    """A run takes a quarter of a millisecond, and a time for each parameter."""

    @property
    def images(self) -> int:
        return 1

    @property
    def about(self) -> dict[str, str]:
        return {"engine": "fake", "version": "1"}

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        parameters = sum(parameter.numel() for parameter in module.parameters())
        return lambda: 0.25 + parameters / 1000

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        return {}


def _profile(tmp_path: Path, networks: int = 200, test_share: float = 0.2) -> Profile:
    return PredictorHardware(FakeEngine(), Timing(2, 0.1, 10), networks, test_share, str(tmp_path)).profile(SPACE)


def test_a_profile_is_a_table_of_the_layers_shares_with_the_error_on_networks_that_were_not_fitted(
    tmp_path: Path,
) -> None:
    profile = _profile(tmp_path)
    assert len(profile.validation.measured_ms) == 40
    assert profile.validation.relative_rmse < 0.01
    for network in distinct_networks(SPACE, 5, np.random.default_rng(9)):
        truth = 0.25 + network.params / 1000
        assert profile.table.latency_ms(network) == pytest.approx(truth, rel=0.02)
        assert profile.predictor.latency_ms(network) == pytest.approx(profile.table.latency_ms(network))


def test_its_table_serves_a_search(tmp_path: Path) -> None:
    table = _profile(tmp_path).table
    architectures = SPACE.sample(5, np.random.default_rng(0))
    expected = [table.latency_ms(SPACE.network(one)) for one in architectures]
    np.testing.assert_allclose(CostTable(SPACE, table)(architectures).latency_ms, expected)


@pytest.mark.parametrize(("networks", "test_share"), [(4, 0.01), (1, 0.9)])
def test_no_networks_to_fit_or_to_test_are_refused(networks: int, test_share: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is left to fit or to test"):
        _profile(tmp_path, networks, test_share)
