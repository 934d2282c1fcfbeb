"""Measuring the chosen networks beside others that were measured with the latency table."""

from collections.abc import Mapping

import numpy as np
import pytest
from torch import nn

from mobilenas.engine import Engine
from mobilenas.hardware import MeasuredHardware, TableHardware
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.report.measure import measure_networks, why_unmeasured
from mobilenas.search_space import LayerwiseSpace
from mobilenas.timing import Timing
from mobilenas.timing.repeated import REPEATS
from mobilenas.timing.rounds import TimedRun


class Clockwork(Engine):
    """Takes as many milliseconds as a module has parameters, in millions, times a factor."""

    def __init__(self, factor: float = 1.0, present: bool = True) -> None:
        self.factor, self.present = factor, present

    @property
    def images(self) -> int:
        return 1

    @property
    def about(self) -> Mapping[str, str]:
        if not self.present:
            raise ValueError("there is no such device.")
        return {"engine": "clockwork", "threads": "1"}

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        time_ms = self.factor * sum(parameter.numel() for parameter in module.parameters()) / 1e6
        return lambda: time_ms

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        return {}


def hardware(engine: Engine) -> MeasuredHardware:
    return MeasuredHardware(engine, Timing(3, 1e-6, 10.0), 1, 1, "unused")


@pytest.fixture
def networks(space: LayerwiseSpace) -> list[tuple[NetworkSpec, nn.Sequential]]:
    specs = [space.network([0] * 6), space.network([11] * 6)]
    return [(spec, spec.build().eval()) for spec in specs]


def test_a_device_that_is_slower_than_for_the_table_gives_the_same_latencies(
    networks: list[tuple[NetworkSpec, nn.Sequential]], space: LayerwiseSpace
) -> None:
    others = [space.network([option] * 6) for option in (1, 5, 7)]
    references = {spec: spec.params / 1e6 for spec in others}
    found = measure_networks(hardware(Clockwork(2.5)), networks, references, seed=0)
    assert found.slowdown == pytest.approx(2.5)
    expected = np.array([spec.params / 1e6 for spec, _ in networks])
    np.testing.assert_allclose(found.times_ms, np.tile(expected, (REPEATS, 1)))


def test_without_a_table_latencies_are_as_they_were_measured(networks: list[tuple[NetworkSpec, nn.Sequential]]) -> None:
    found = measure_networks(hardware(Clockwork(2.5)), networks, {}, seed=0)
    assert found.slowdown == 1.0
    np.testing.assert_allclose(found.times_ms[0], [2.5 * spec.params / 1e6 for spec, _ in networks])


def test_the_same_engine_can_measure() -> None:
    assert why_unmeasured(hardware(Clockwork()), {"engine": "clockwork", "threads": "1", "rmse_ms": "0.1"}) == ""
    assert why_unmeasured(hardware(Clockwork()), {}) == ""


def test_another_engine_or_none_can_not() -> None:
    assert "was measured elsewhere" in why_unmeasured(TableHardware("phone.csv"), {})
    assert why_unmeasured(hardware(Clockwork(present=False)), {}) == "there is no such device."
    assert "with threads 4, but here it is threads 1" in why_unmeasured(hardware(Clockwork()), {"threads": "4"})
