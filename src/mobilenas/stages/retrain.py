"""Train the chosen networks from scratch and report their accuracy on images that no stage has seen."""

import json
import shutil
from pathlib import Path

from mobilenas.evaluator import top1
from mobilenas.spec import NetworkSpec
from mobilenas.stages.adapt import adapted
from mobilenas.stages.base import Candidate, Experiment, write_candidates
from mobilenas.stages.search import chosen
from mobilenas.stages.trained import trained

RESULT, CANDIDATES = "result.json", "candidates"


def retrain(experiment: Experiment, folder: Path) -> dict[str, object]:
    """For each network write its weights and its accuracy; returns the accuracies by name."""
    candidates = _candidates(experiment)
    write_candidates(candidates, folder / CANDIDATES)
    for candidate in candidates:
        if not (folder / candidate.name / RESULT).exists():
            _train(experiment, candidate.spec, folder / candidate.name)
    return {one.name: read_top1(folder, one.name) for one in candidates}


def read_top1(folder: Path, name: str) -> float:
    """The accuracy that ``retrain`` wrote for a network."""
    return float(json.loads((folder / name / RESULT).read_text())["test_top1"])


def _candidates(experiment: Experiment) -> list[Candidate]:
    if experiment.adapts:
        return adapted(experiment)
    return [Candidate(spec) for spec in experiment.networks] or chosen(experiment)


def _train(experiment: Experiment, spec: NetworkSpec, folder: Path) -> None:
    """Train on all images but the test split, then score on the test split once."""
    network, device = trained(experiment, spec, folder, ("train", "search")), experiment.training.device
    score = top1(network.to(device), experiment.data.eval_loader("test", experiment.scoring.batch_size), device)
    (folder / RESULT).write_text(json.dumps({"test_top1": score}, indent=1))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
