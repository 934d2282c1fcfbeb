"""Train the chosen networks from scratch and report their accuracy on images that no stage has seen."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from mobilenas.network.improvement import improve
from mobilenas.network.spec import NetworkSpec
from mobilenas.stages.adapt import adapted
from mobilenas.stages.base import Candidate, Experiment, write_candidates
from mobilenas.stages.search import chosen
from mobilenas.stages.seed import read_seed
from mobilenas.stages.trained import trained
from mobilenas.training.accuracy import top1

log = logging.getLogger(__name__)

RESULT, CANDIDATES = "result.json", "candidates"


def retrain(experiment: Experiment, folder: Path) -> dict[str, object]:
    """For each network write its weights and its accuracy; returns the accuracies by name."""
    found = candidates(experiment)
    write_candidates(found, folder / CANDIDATES)
    for candidate in found:
        if not (folder / candidate.name / RESULT).exists():
            _train(experiment, candidate.spec, folder / candidate.name)
    return {one.name: read_top1(folder, one.name) for one in found}


def read_top1(folder: Path, name: str) -> float:
    """The accuracy that ``retrain`` wrote for a network."""
    return float(json.loads((folder / name / RESULT).read_text())["test_top1"])


def candidates(experiment: Experiment) -> list[Candidate]:
    """What is trained: what NetAdapt has made or a search has found, improved, or the networks that are given."""
    if not experiment.adapts and experiment.networks:
        return [Candidate(spec) for spec in experiment.networks]
    found = adapted(experiment) if experiment.adapts else chosen(experiment)
    before = read_seed(experiment.folder)[0] if experiment.adapts else None
    names = experiment.improvements
    return [Candidate(_improved(one.spec, names, before)) for one in found] if names else found


def _improved(spec: NetworkSpec, names: Sequence[str], before: NetworkSpec | None) -> NetworkSpec:
    """With all improvements that fit: nobody knew, before the search, what it would find."""
    for name in names:
        try:
            spec = improve(spec, [name], before)
        except ValueError as error:
            log.warning("retrain: goes on without one improvement: %s", error)
    return spec


def _train(experiment: Experiment, spec: NetworkSpec, folder: Path) -> None:
    """Train on all images but the test split, then score on the test split once."""
    network, device = trained(experiment, spec, folder, ("train", "search")), experiment.training.device
    score = top1(network.to(device), experiment.data.eval_loader("test", experiment.scoring.batch_size), device)
    (folder / RESULT).write_text(json.dumps({"test_top1": score}, indent=1))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
