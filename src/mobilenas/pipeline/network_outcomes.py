"""What the record of a run has of its trained networks and their files with 8 bits."""

from __future__ import annotations

from pathlib import Path

from mobilenas.pipeline.outcome import Outcome
from mobilenas.stages import QuantizeRecord, RetrainRecord, Run
from mobilenas.stages.retrain_record import TrainedNetwork
from mobilenas.tracking import Rows


def trained_outcome(stage: str, folder: Path, run: Run) -> Outcome:
    """Returns the result of ``retrain`` or ``baselines``, the stages that train networks and score them on ``test``."""
    networks = RetrainRecord.load(folder).networks
    values: dict[str, float] = {f"{stage}/best_test_top1": max(one.test_accuracy for one in networks)}
    for one in networks:
        own: dict[str, float | None] = {
            "test_top1": one.test_accuracy,
            "params": one.spec.params,
            "macs": one.spec.macs,
        }
        own |= {"latency_ms": one.evaluation.latency_ms} if one.evaluation else {}
        own |= {f"test_{name}": value for name, value in one.test_others.items()}
        values |= {f"{stage}/{one.spec.name}/{name}": value for name, value in own.items() if value is not None}
    columns = ("network", "test_top1", "latency_ms", "params", "macs")
    cells = tuple(
        (one.spec.name, one.test_accuracy, _latency_ms(one), one.spec.params, one.spec.macs) for one in networks
    )
    return Outcome(values, {f"{stage}/networks": Rows(columns, cells)})


def _latency_ms(network: TrainedNetwork) -> float | None:
    """Returns the latency by which the search has found a network."""
    return network.evaluation.latency_ms if network.evaluation else None


def quantize_outcome(folder: Path, run: Run) -> Outcome:
    columns = ("network", "runtime", "variant", "test_top1", "agreement", "latency_ms", "size_mb")
    found = [(name, one) for name, files in QuantizeRecord.load(folder).files.items() for one in files]
    cells = tuple(
        (name, one.runtime, one.variant, one.accuracy, one.agreement, one.latency_ms, one.size_mb)
        for name, one in found
    )
    values = {f"quantize/{name}/{one.runtime}/{one.variant}/test_top1": one.accuracy for name, one in found}
    return Outcome(values, {"quantize/files": Rows(columns, cells)})
