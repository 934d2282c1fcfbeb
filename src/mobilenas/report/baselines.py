"""The latency of the published networks that a run's front is judged beside."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.hardware import Hardware, LatencyTable
from mobilenas.report.result import BaselineResult
from mobilenas.search_space import SearchSpace
from mobilenas.stages.retrain_record import TrainedNetwork

log = logging.getLogger(__name__)


def measured_baselines(networks: Sequence[TrainedNetwork], times_ms: NDArray[np.float64]) -> tuple[BaselineResult, ...]:
    """Returns the baselines by rising latency.

    Args:
        networks: the trained baselines
        times_ms: milliseconds of each network in each repetition, ``(repetitions, networks)``
    """
    found = [
        _result(one, float(own_ms.mean()), float(own_ms.std(ddof=1)))
        for one, own_ms in zip(networks, times_ms.T, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: one.latency_ms))


def predicted_baselines(
    networks: Sequence[TrainedNetwork], hardware: Hardware, table: LatencyTable | None, space: SearchSpace
) -> tuple[BaselineResult, ...]:
    """Returns the baselines whose latency the table or the predictor of a device predicts, by rising latency.

    Args:
        networks: the trained baselines; one with a layer that has no row is left out, with a warning
        hardware: the device, which is not here, or differs from what it was for the table
        table: its latency table
        space: the space that the table was made for
    """
    found = []
    for one in networks if table else ():
        assert table
        try:
            known = hardware.at_hand or table.has(one.spec.pieces)
            whole = table if known else hardware.extended(table, space, [one.spec])
            found.append(_result(one, whole.latency_ms(one.spec), None))
        except ValueError as error:
            log.warning("report: %s is left out, because its latency is not known: %s", one.spec.name, error)
    return tuple(sorted(found, key=lambda one: one.latency_ms))


def _result(network: TrainedNetwork, latency_ms: float, std_ms: float | None) -> BaselineResult:
    spec = network.spec
    return BaselineResult(spec.name, latency_ms, std_ms, network.test_accuracy, spec.params, spec.macs)
