"""What the record of a run has of each complete stage: figures, tables and pictures, under stable names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mobilenas.evaluation import Evaluation
from mobilenas.stages import (
    AdaptRecord,
    ProfileRecord,
    QuantizeRecord,
    RetrainRecord,
    Run,
    SearchRecord,
    SupernetRecord,
)
from mobilenas.stages.retrain_record import TrainedNetwork
from mobilenas.tracking import Rows

EVALUATION = ("architecture", "top1", "latency_ms", "params", "macs", "on_front", "failure")


@dataclass(frozen=True)
class Outcome:
    """The result of a stage.

    Args:
        values: figures by their whole names
        tables: tables by name
        files: pictures and pages by name
    """

    values: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


def outcome_of(stage: str, folder: Path, run: Run) -> Outcome:
    """Returns the result of a stage, from its record in its folder; that of an unknown stage has only figures."""
    return OUTCOMES.get(stage, _other)(folder, run)


def _profile(folder: Path, run: Run) -> Outcome:
    record = ProfileRecord.load(folder)
    values: dict[str, float] = {"profile/layers": len(record.table.rows)}
    if error := record.validation:
        values |= {
            "profile/networks": len(error.measured_ms),
            "profile/rmse_ms": error.rmse_ms,
            "profile/relative_rmse": error.relative_rmse,
            "profile/kendall_tau": error.kendall_tau,
        }
        pairs = tuple(zip(error.measured_ms, error.predicted_ms, strict=True))
        return Outcome(values, {"profile/validation": Rows(("measured_ms", "predicted_ms"), pairs)})
    return Outcome(values)


def _supernet(folder: Path, run: Run) -> Outcome:
    record = SupernetRecord.load(folder)
    scores = record.random_top1
    values = {"supernet/search_top1": float(np.mean(scores)), "supernet/search_top1_std": float(np.std(scores))}
    return Outcome(values, _probabilities(record))


def _probabilities(record: SupernetRecord) -> dict[str, Rows]:
    if record.probabilities is None:
        return {}
    blocks = enumerate(record.probabilities)
    cells = tuple((block, option, share) for block, shares in blocks for option, share in enumerate(shares))
    return {"supernet/probabilities": Rows(("block", "option", "probability"), cells)}


def _search(folder: Path, run: Run) -> Outcome:
    record = SearchRecord.load(folder, run.space)
    return Outcome({}, {"search/evaluations": _evaluations(record.told, record.front)})


def _adapt(folder: Path, run: Run) -> Outcome:
    record = AdaptRecord.load(folder)
    values = {
        "adapt/steps": len(record.path) - 1,
        "adapt/latency_ms": record.path[-1].latency_ms,
        "adapt/target_ms": record.target_ms,
        "adapt/search_top1": record.path[-1].accuracy,
    }
    tables = {"adapt/steps": _evaluations(record.path, record.path)}
    return Outcome(values, tables | {"adapt/evaluations": _evaluations(record.told, record.path)})


def _retrain(folder: Path, run: Run) -> Outcome:
    networks = RetrainRecord.load(folder).networks
    values: dict[str, float] = {"retrain/best_test_top1": max(one.test_accuracy for one in networks)}
    for one in networks:
        own: dict[str, float | None] = {
            "test_top1": one.test_accuracy,
            "params": one.spec.params,
            "macs": one.spec.macs,
        }
        own |= {"latency_ms": one.evaluation.latency_ms} if one.evaluation else {}
        own |= {f"test_{name}": value for name, value in one.test_others.items()}
        values |= {f"retrain/{one.spec.name}/{name}": value for name, value in own.items() if value is not None}
    columns = ("network", "test_top1", "latency_ms", "params", "macs")
    cells = tuple(
        (one.spec.name, one.test_accuracy, _latency_ms(one), one.spec.params, one.spec.macs) for one in networks
    )
    return Outcome(values, {"retrain/networks": Rows(columns, cells)})


def _latency_ms(network: TrainedNetwork) -> float | None:
    """Returns the latency by which the search has found a network."""
    return network.evaluation.latency_ms if network.evaluation else None


def _quantize(folder: Path, run: Run) -> Outcome:
    columns = ("network", "runtime", "variant", "test_top1", "agreement", "latency_ms", "size_mb")
    found = [(name, one) for name, files in QuantizeRecord.load(folder).files.items() for one in files]
    cells = tuple(
        (name, one.runtime, one.variant, one.accuracy, one.agreement, one.latency_ms, one.size_mb)
        for name, one in found
    )
    values = {f"quantize/{name}/{one.runtime}/{one.variant}/test_top1": one.accuracy for name, one in found}
    return Outcome(values, {"quantize/files": Rows(columns, cells)})


def _report(folder: Path, run: Run) -> Outcome:
    files = {"report/page": folder / "index.html"} | {f"report/{one.stem}": one for one in sorted(folder.glob("*.png"))}
    return Outcome(files=files)


def _other(folder: Path, run: Run) -> Outcome:
    """Returns the figures with which the stage was finished."""
    facts = json.loads((folder / "artifact.json").read_text("utf-8"))
    return Outcome({f"{folder.name}/{name}": one for name, one in facts.items() if isinstance(one, int | float)})


def _evaluations(told: Iterable[Evaluation], front: Sequence[Evaluation]) -> Rows:
    best = {one.architecture for one in front}
    cells = tuple(
        (
            ",".join(map(str, one.architecture)), one.accuracy, one.latency_ms, one.params, one.macs,
            one.architecture in best, one.failure,
        )
        for one in told
    )  # fmt: skip
    return Rows(EVALUATION, cells)


OUTCOMES: Mapping[str, Callable[[Path, Run], Outcome]] = {
    "profile": _profile,
    "supernet": _supernet,
    "search": _search,
    "adapt": _adapt,
    "retrain": _retrain,
    "quantize": _quantize,
    "report": _report,
}
"""How the results of stages are recorded, by the name of the stage."""
