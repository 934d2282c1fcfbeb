"""What the record of a run has of each complete stage: figures, tables and pictures, under stable names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mobilenas.evaluation import Evaluation
from mobilenas.files.artifact import SECONDS
from mobilenas.pipeline.network_outcomes import quantize_outcome, trained_outcome
from mobilenas.pipeline.outcome import Outcome
from mobilenas.stages import AdaptRecord, ProfileRecord, RankingRecord, Run, SearchRecord, SupernetRecord
from mobilenas.tracking import Rows

EVALUATION = ("architecture", "top1", "latency_ms", "params", "macs", "on_front", "failure")


def outcome_of(stage: str, folder: Path, run: Run) -> Outcome:
    """Returns the result of a stage, from its record in its folder; that of an unknown stage has only figures."""
    facts = json.loads((folder / "artifact.json").read_text("utf-8"))
    seconds = {f"{stage}/{SECONDS}": float(facts[SECONDS])} if SECONDS in facts else {}
    if stage in OUTCOMES:
        found = OUTCOMES[stage](folder, run)
        return replace(found, values=dict(found.values) | seconds)
    return Outcome({f"{stage}/{name}": float(one) for name, one in facts.items() if isinstance(one, int | float)})


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
    return Outcome({}, {"search/architectures": _evaluations(record.told, record.front)})


def _ranking(folder: Path, run: Run) -> Outcome:
    record = RankingRecord.load(folder)
    figures = {"tau": record.tau.value, "tau_low": record.tau.low, "tau_high": record.tau.high}
    figures |= {"rho": record.rho.value, "test_tau": record.test_tau.value}
    values = {f"ranking/{name}": value for name, value in figures.items() if value is not None}
    cells = tuple(
        (",".join(map(str, one.architecture)), one.score, one.search_accuracy, one.test_accuracy)
        for one in record.networks
    )
    columns = ("architecture", "supernet_top1", "search_top1", "test_top1")
    return Outcome(values, {"ranking/networks": Rows(columns, cells)})


def _adapt(folder: Path, run: Run) -> Outcome:
    record = AdaptRecord.load(folder)
    values = {
        "adapt/steps": len(record.path) - 1,
        "adapt/latency_ms": record.path[-1].latency_ms,
        "adapt/target_ms": record.target_ms,
        "adapt/search_top1": record.path[-1].accuracy,
    }
    tables = {"adapt/path": record.path, "adapt/proposals": record.told}
    return Outcome(values, {name: _evaluations(found, record.path) for name, found in tables.items()})


def _report(folder: Path, run: Run) -> Outcome:
    files = {"report/page": folder / "index.html"} | {f"report/{one.stem}": one for one in sorted(folder.glob("*.png"))}
    return Outcome(files=files)


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
    "ranking": _ranking,
    "adapt": _adapt,
    "retrain": partial(trained_outcome, "retrain"),
    "baselines": partial(trained_outcome, "baselines"),
    "quantize": quantize_outcome,
    "report": _report,
}
"""How the results of stages are recorded, by the name of the stage."""
