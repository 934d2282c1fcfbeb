"""What the record of a run has of the stages that a small run has not, under the documented names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.evaluation.rank_correlation import RankCorrelation
from mobilenas.files.record import write_record
from mobilenas.hardware import LatencyTable, Validation
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, Shape
from mobilenas.pipeline.outcomes import outcome_of
from mobilenas.quantization.variants import Variant
from mobilenas.stages import QuantizeRecord, RankingRecord
from mobilenas.stages.adapt import AdaptFacts
from mobilenas.stages.base import STAGE_NAMES
from mobilenas.stages.chosen import Chosen, write_chosen, write_evaluations
from mobilenas.stages.quantize_record import QuantizedFile
from mobilenas.stages.ranking_record import RankedNetwork
from mobilenas.stages.retrain_record import CHOSEN, Result, RetrainFacts
from tests.tracking.documented import documented

SEED = Evaluation((2, 2), 0.75, 4.0, 400, 40)
TINY = NetworkSpec(Shape(3, 8, 8), (Conv(8, 3), Classifier(10)), name="tiny")
STEP, LOST = Evaluation((1, 2), 0.5, 3.0, 300, 30), Evaluation((2, 1), 0.0, 3.5, 350, 35, "diverged")
RUN: Any = None  # of these stages, nothing is read from the run


def _profile(folder: Path) -> None:
    LatencyTable({"a": 1.0, "b": 2.0}).save(folder / "latency.csv")
    Validation((1.0, 3.0), (1.0, 4.0)).save(folder / "validation.csv")


def _adapt(folder: Path) -> None:
    LatencyTable({"a": 1.0}).save(folder / "latency.csv")
    write_evaluations([SEED, STEP], folder / "front.json")
    write_evaluations([SEED, LOST, STEP], folder / "told.json")
    write_record(folder / "record.json", AdaptFacts(3.25))


def _quantize(folder: Path) -> None:
    variants: tuple[Variant, ...] = ("fp32", "int8")
    files = tuple(QuantizedFile(f"{one}.onnx", "ONNX Runtime", one, 0.5, 1.0, 2.0, 0.1, 3.0) for one in variants)
    write_record(folder / "record.json", QuantizeRecord({"moga-1": files}, "AVX512_VNNI", ""))


def _ranking(folder: Path) -> None:
    tau, none = RankCorrelation(0.5, 0.25, 0.75), RankCorrelation(None, None, None)
    networks = (RankedNetwork((0, 1), 0.5, 0.6, 0.7), RankedNetwork((1, 1), 0.4, 0.5, 0.6))
    write_record(folder / "record.json", RankingRecord("in words", networks, tau, tau, none, 100, 0))


def _baselines(folder: Path) -> None:
    write_chosen([Chosen(TINY)], folder / CHOSEN)
    write_record(folder / "record.json", RetrainFacts("in words"))
    write_record(folder / "tiny" / "result.json", Result(0.75, "abc", {"top-5": 0.9}))


WRITTEN: dict[str, tuple[Callable[[Path], None], dict[str, float], dict[str, int]]] = {
    "profile": (
        _profile,
        {"layers": 2, "networks": 2, "rmse_ms": 0.5**0.5, "relative_rmse": 0.5**0.5 / 2, "kendall_tau": 1.0},
        {"validation": 2},
    ),
    "adapt": (
        _adapt,
        {"steps": 1, "latency_ms": 3.0, "target_ms": 3.25, "search_top1": 0.5},
        {"path": 2, "proposals": 3},
    ),
    "quantize": (
        _quantize,
        {"moga-1/ONNX Runtime/fp32/test_top1": 0.5, "moga-1/ONNX Runtime/int8/test_top1": 0.5},
        {"files": 2},
    ),
    "baselines": (
        _baselines,
        {"tiny/test_top1": 0.75, "tiny/test_top-5": 0.9, "tiny/params": TINY.params, "tiny/macs": TINY.macs}
        | {"best_test_top1": 0.75},
        {"networks": 1},
    ),
    "ranking": (_ranking, {"tau": 0.5, "tau_low": 0.25, "tau_high": 0.75, "rho": 0.5}, {"networks": 2}),
    "parent": (lambda folder: None, {"search_top1": 0.5}, {}),
    "alone": (lambda folder: None, {"mean accuracy": 0.5}, {}),
}
"""How the files of a stage are written, and the figures and the numbers of rows that are recorded of it."""


@pytest.mark.parametrize("stage", WRITTEN)
def test_the_results_of_a_stage_are_recorded_under_documented_names(stage: str, tmp_path: Path) -> None:
    write, values, rows = WRITTEN[stage]
    own = {} if stage in ("profile", "adapt", "quantize", "baselines", "ranking") else values
    (tmp_path / "artifact.json").write_text(json.dumps(own | {"seconds": 2.5, "images": "abc", "files": {}}))
    write(tmp_path)
    found = outcome_of(stage, tmp_path, RUN)
    assert found.values == pytest.approx(
        {f"{stage}/{name}": value for name, value in values.items()} | {f"{stage}/seconds": 2.5}
    )
    assert {name: len(table.cells) for name, table in found.tables.items()} == {
        f"{stage}/{name}": count for name, count in rows.items()
    }
    names, _ = documented()
    for kind, recorded in (("once", found.values), ("table", found.tables)):
        for name in recorded:
            assert next((one.kind for one in names if one.fits(name)), "undocumented") == kind, name


def test_failures_and_the_path_are_marked_in_netadapts_tables(tmp_path: Path) -> None:
    (tmp_path / "artifact.json").write_text("{}")
    _adapt(tmp_path)
    assert outcome_of("adapt", tmp_path, RUN).tables["adapt/proposals"].cells == (
        ("2,2", 0.75, 4.0, 40, 400, True, None),
        ("2,1", 0.0, 3.5, 35, 350, False, "diverged"),
        ("1,2", 0.5, 3.0, 30, 300, True, None),
    )


def test_the_artifact_of_every_stage_is_documented() -> None:
    _, artifacts = documented()
    assert {stage for one in artifacts for stage in one.condition.split(", ")} == set(STAGE_NAMES)
