"""Profiling a space, with an engine whose times are known."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.engine import Engine
from mobilenas.hardware import LatencyTable, MeasuredHardware
from mobilenas.hardware.chains import distinct_networks, network_key
from mobilenas.hardware.profile import layers_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.search_space import LayerwiseSpace, ProxylessMobile
from mobilenas.timing import Timing
from mobilenas.timing.rounds import TimedRun

CONSTANT_MS = 0.25


@dataclass(frozen=True)
class FakeEngine(Engine):
    """A run takes a constant and a time for each parameter; the device is ``slowness`` times as slow.

    A parameter of a layer that runs on its own takes ``alone`` times as long as within a network.
    """

    slowness: Callable[[], float] = lambda: 1.0
    alone: float = 1.0
    prepared: list[nn.Module] = field(default_factory=list)

    @property
    def images(self) -> int:
        return 1

    @property
    def about(self) -> dict[str, str]:
        return {"engine": "fake", "version": "1"}

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        self.prepared.append(module)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        factor = self.alone if isinstance(module, nn.Sequential) and len(module) == 1 else 1.0
        return lambda: (CONSTANT_MS + factor * parameters / 1000) * self.slowness()

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        return {}


@pytest.fixture
def hardware(tmp_path: Path) -> MeasuredHardware:
    return MeasuredHardware(FakeEngine(), Timing(4, 0.1, 10), 4, 8, str(tmp_path / "cache"))


@pytest.fixture
def whole_space(space: LayerwiseSpace) -> LayerwiseSpace:
    """Without the candidate that is left out, so that all networks have as many layers."""
    positions = tuple(tuple(op for op in candidates if op.name != "skip") for candidates in space.positions)
    return replace(space, positions=positions)


def prepared(hardware: MeasuredHardware) -> list[nn.Module]:
    assert isinstance(hardware.engine, FakeEngine)
    return hardware.engine.prepared


def test_rows_are_the_times_of_the_layers(whole_space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    table = hardware.profile(whole_space).table
    for layer in layers_of(whole_space).values():
        assert table.rows[layer.key] == pytest.approx(CONSTANT_MS + layer.params / 1000, rel=1e-9)


def test_the_fit_finds_the_engines_constant(whole_space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    # Six pieces cost the constant six times, the network has it once.
    found = hardware.profile(whole_space)
    assert found.table.overhead_ms == pytest.approx(CONSTANT_MS, rel=1e-9)
    assert found.validation is not None
    assert found.validation.relative_rmse < 1e-9
    assert found.validation.rmse_ms < 1e-9
    uncorrected = np.subtract(found.validation.uncorrected_ms, found.validation.measured_ms)
    np.testing.assert_allclose(uncorrected, 5 * CONSTANT_MS, rtol=1e-9)


def test_the_fit_finds_what_grows_with_a_layer_on_its_own(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    table = replace(hardware, engine=FakeEngine(alone=1.25)).profile(whole_space).table
    assert table.factor == pytest.approx(0.8, abs=0.01)
    for network in distinct_networks(whole_space, 12, np.random.default_rng(1)):
        assert table.latency_ms(network) == pytest.approx(CONSTANT_MS + network.params / 1000, rel=0.01)


def test_networks_of_any_depth_are_predicted(hardware: MeasuredHardware) -> None:
    space = ProxylessMobile(0.25, stages=2, blocks=3, hidden=0.25, unstrided=2).space(10, 16)
    table = hardware.profile(space).table
    for skipped in range(5):  # more blocks than a random network has
        options = [count - 1 if place % 3 and place < skipped + 1 else 0 for place, count in enumerate(space.options)]
        network = space.network(options)
        assert table.latency_ms(network) == pytest.approx(CONSTANT_MS + network.params / 1000, rel=1e-9)


def test_a_device_that_is_slower_now_and_then_gives_the_same_table(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware, tmp_path: Path
) -> None:
    slow = cycle([1.0] * 300 + [1.6] * 200)
    busy = replace(
        hardware, engine=FakeEngine(lambda: next(slow)), timing=Timing(60, 0.1, 10), cache=str(tmp_path / "busy")
    )
    steady, found = hardware.profile(whole_space), busy.profile(whole_space)
    np.testing.assert_allclose(list(found.table.rows.values()), list(steady.table.rows.values()), rtol=0.02)
    assert found.validation is not None
    assert found.validation.relative_rmse < 0.01


def test_networks_that_are_fitted_are_not_validated_on(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    validation = hardware.profile(space).validation
    assert validation is not None
    sample = distinct_networks(space, 12, np.random.default_rng(0))
    assert len({network.ops for network in sample}) == 12
    expected = [CONSTANT_MS + network.params / 1000 for network in sample[4:]]
    np.testing.assert_allclose(validation.measured_ms, expected, rtol=1e-9)


def test_what_is_remembered_is_not_measured_again(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    first = hardware.profile(space)
    again = replace(hardware, engine=FakeEngine())
    assert again.profile(space) == first
    assert not prepared(again)


def test_only_missing_rows_are_added(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    first = hardware.profile(space)
    other = NetworkSpec(Shape(3, 8, 8), (Conv(20, 3), Classifier(7)))
    later = replace(hardware, engine=FakeEngine(lambda: 2.0))  # the device has become slower
    second = later.profile(space, [other])
    assert {key: second.table.rows[key] for key in first.table.rows} == first.table.rows
    assert second.validation == first.validation
    for layer in other.layers:
        assert second.table.rows[layer.key] == pytest.approx(CONSTANT_MS + layer.params / 1000, rel=1e-9)


def test_a_missing_layer_is_measured_beside_those_of_a_few_networks(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    first = hardware.profile(whole_space)
    (file,) = Path(hardware.cache).glob("*.csv")
    lost = next(iter(layers_of(whole_space)))
    kept = LatencyTable.load(file)
    replace(kept, rows={key: ms for key, ms in kept.rows.items() if key != lost}).save(file)
    later = replace(hardware, engine=FakeEngine(lambda: 2.0))  # the device has become slower
    assert later.profile(whole_space).table.rows == pytest.approx(first.table.rows, rel=1e-9)
    layers = [module for module in prepared(later) if isinstance(module, nn.Sequential) and len(module) == 1]
    longest = max(len(whole_space.network([0] * len(whole_space.options)).layers), 1)
    assert 0 < len(layers) <= 2 * longest < len(layers_of(whole_space)) + longest
    assert len(prepared(later)) == len(layers) + 10  # networks that tell the speed


def test_networks_of_another_seed_need_few_layers(whole_space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    hardware.profile(whole_space)
    later = replace(hardware, engine=FakeEngine(lambda: 2.0))
    found = later.profile(whole_space, seed=1).validation
    assert found is not None and found.relative_rmse < 1e-9  # at the speed that the rows were measured at
    layers = [module for module in prepared(later) if isinstance(module, nn.Sequential) and len(module) == 1]
    assert len(layers) < len(layers_of(whole_space))


def test_other_networks_are_measured_for_another_seed(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    first, second = hardware.profile(space), hardware.profile(space, seed=1)
    assert first.table.rows == second.table.rows
    assert first.validation != second.validation


def test_rows_are_remembered_for_the_same_engine_and_timing_only(
    space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    hardware.profile(space)
    other = replace(hardware, engine=FakeEngine(), timing=Timing(5, 0.1, 10))
    other.profile(space)
    assert prepared(other)
    files = list(Path(hardware.cache).glob("*.csv"))
    assert len(files) == 2
    rounds = {LatencyTable.load(path).about["rounds"] for path in files}
    assert rounds == {"4", "5"}


def test_the_table_says_what_was_measured_and_how_wrong_it_is(
    space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    about = hardware.profile(space).table.about
    assert about["engine"] == "fake"
    assert about["space"] == "tiny"
    assert about["validation_networks"] == "8"
    assert float(about["relative_rmse"]) >= 0


def test_progress_is_told_while_preparing_and_while_measuring(
    space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    told: list[tuple[str, int, int]] = []
    hardware.profile(space, on_progress=lambda *progress: told.append(progress))
    pieces = len(layers_of(space)) + 12
    assert told == [("preparing", done, pieces) for done in range(1, pieces + 1)] + [
        ("measuring", done, 4) for done in range(1, 5)
    ]


def test_torchs_generator_is_left_as_it_was(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    before = torch.get_rng_state()
    hardware.profile(space)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_layer_that_comes_twice_has_weights_of_its_own(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    twice = replace(space, positions=(*space.positions[:4], *(((Conv(8, 1),),) * 2), *space.positions[4:]))
    hardware.profile(twice)
    networks = distinct_networks(twice, 12, np.random.default_rng(0))
    for network, module in zip(networks, prepared(hardware)[-12:], strict=True):
        assert sum(parameter.numel() for parameter in module.parameters()) == network.params


def test_a_space_that_is_too_small_is_named_with_the_way_out(space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    with pytest.raises(ValueError, match=r"tiny has only 36 architectures, .* set smaller hardware\.fit_networks"):
        replace(hardware, validation_networks=50).profile(space)


def test_the_key_of_a_network_follows_from_its_layers_alone(space: LayerwiseSpace) -> None:
    network = space.network((0, 1, 2))
    assert network_key(network) == network_key(replace(network, name="another"))
    assert network_key(network) != network_key(space.network((0, 1, 1)))


def test_no_networks_to_validate_on_are_refused(hardware: MeasuredHardware) -> None:
    with pytest.raises(ValueError, match="validation_networks must be a whole number, 1 or more, not 0"):
        replace(hardware, validation_networks=0)


def test_a_table_is_extended_by_what_is_missing_at_the_speed_that_it_was_made_at(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    table = hardware.profile(whole_space).table
    parent = whole_space.network([0] * len(whole_space.options))
    other = NetworkSpec(parent.input, (Conv(20, 3), Classifier(7)))
    later = replace(hardware, engine=FakeEngine(lambda: 2.0))  # the device has become slower
    extended = later.extended(table, whole_space, [parent, other])
    assert {key: extended.rows[key] for key in table.rows} == table.rows
    assert extended.latency_ms(other) == pytest.approx(CONSTANT_MS + other.params / 1000, rel=1e-9)
    measured = len(prepared(later))
    assert later.extended(extended, whole_space, [parent, other]) == extended
    assert later.extended(table, whole_space, [parent, other]) == extended  # remembered
    assert len(prepared(later)) == measured


def test_a_space_of_widths_is_measured_at_the_layers_of_its_random_networks(hardware: MeasuredHardware) -> None:
    blocks = MBConv(12, 3, expanded=24), MBConv(12, 3, expanded=24, residual=True), MBConv(16, 3, 2, expanded=32)
    space = WidthSpace(NetworkSpec(Shape(3, 16, 16), (Conv(8, 3), *blocks, Classifier(10))), 4)
    found = hardware.profile(space)
    sample = distinct_networks(space, 12, np.random.default_rng(0))
    assert found.table.rows.keys() == layers_of(space, sample).keys() > layers_of(space).keys()
    for network in (space.seed, *sample):
        assert found.table.latency_ms(network) == pytest.approx(CONSTANT_MS + network.params / 1000, rel=1e-9)
    assert found.validation is not None
    assert found.validation.relative_rmse < 1e-9


def test_a_whole_network_is_measured_once_at_the_speed_that_the_table_was_made_at(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    hardware.profile(whole_space)
    network = NetworkSpec(Shape(3, 16, 16), (Conv(20, 3), Classifier(7)))
    later = replace(hardware, engine=FakeEngine(lambda: 2.0))  # the device has become slower
    assert later.whole_ms(network, whole_space) == pytest.approx(CONSTANT_MS + network.params / 1000, rel=1e-9)
    measured = len(prepared(later))
    assert later.whole_ms(network, whole_space) == hardware.whole_ms(network, whole_space)
    assert len(prepared(later)) == measured


def test_the_speed_of_the_device_is_told_for_each_visit(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware
) -> None:
    slow = cycle([1.0] * 300 + [1.6] * 200)
    busy = replace(hardware, engine=FakeEngine(lambda: next(slow)), timing=Timing(20, 0.1, 10))
    found = busy.profile(whole_space)
    visits = 20 * (max(whole_space.options) + 12)  # laps, and each network alone
    assert len(found.slowness) == visits
    assert 0.95 < min(found.slowness) < 1.05 and 1.5 < max(found.slowness) < 1.7
    assert busy.profile(whole_space).slowness == found.slowness  # remembered


def test_the_table_has_the_date_and_the_load(whole_space: LayerwiseSpace, hardware: MeasuredHardware) -> None:
    about = hardware.profile(whole_space).table.about
    assert date.fromisoformat(about["measured"].split()[0]) >= date(2026, 1, 1)
    assert re.fullmatch(r"[\d.e+]+ on \d+ cores", about["load"])
    assert "measured" not in hardware.identity and "load" not in hardware.identity


def test_fewer_minutes_are_another_measurement(hardware: MeasuredHardware) -> None:
    assert replace(hardware, minutes=1.5).identity["minutes"] == "1.5"
    assert "minutes" not in hardware.identity


def test_a_measurement_that_was_stopped_goes_on_with_the_visits_that_are_left(
    whole_space: LayerwiseSpace, hardware: MeasuredHardware, tmp_path: Path
) -> None:
    whole = hardware.profile(whole_space)
    runs = iter(range(10**6))

    def lost() -> float:
        if next(runs) == 100:
            raise ConnectionError
        return 1.0

    stopped = replace(hardware, cache=str(tmp_path / "stopped"), engine=FakeEngine(lost))
    with pytest.raises(ConnectionError):
        stopped.profile(whole_space)
    count = iter(range(10**6))
    again = replace(stopped, engine=FakeEngine(lambda: 1.0 + 0 * next(count)))
    assert again.profile(whole_space).table.rows == whole.table.rows
    entire = iter(range(10**6))
    replace(hardware, cache=str(tmp_path / "entire"), engine=FakeEngine(lambda: 1.0 + 0 * next(entire))).profile(
        whole_space
    )
    assert 50 < next(entire) - next(count) <= 100
    assert not list((tmp_path / "stopped").glob("*.visits"))
