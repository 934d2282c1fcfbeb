"""Train the chosen networks from scratch and report their accuracy on images that no stage has seen."""

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

from mobilenas.evaluator import top1
from mobilenas.method import Retrain
from mobilenas.spec import NetworkSpec
from mobilenas.stages.base import Candidate, Experiment, write_candidates
from mobilenas.stages.search import chosen

WEIGHTS, RESULT, CANDIDATES = "weights.safetensors", "result.json", "candidates"


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


def load_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """The network of a description with the weights in a file, in evaluation mode."""
    network = spec.build()
    network.load_state_dict(load_file(path))
    return network.eval()


def _candidates(experiment: Experiment) -> list[Candidate]:
    return [Candidate(spec) for spec in experiment.networks] or chosen(experiment)


def _train(experiment: Experiment, spec: NetworkSpec, folder: Path) -> None:
    """Train on all images but the test split, then score on the test split once."""
    recipe, data = experiment.recipe, experiment.data
    loader = data.train_loader(recipe.batch_size, experiment.seed, splits=("train", "search"))
    module = experiment.training.fit(lambda: Retrain(spec, recipe), loader, recipe, folder, spec.name)
    assert isinstance(module, Retrain)
    network = module.network.to("cpu").eval()
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, folder / WEIGHTS)
    device = experiment.training.device
    score = top1(network.to(device), data.eval_loader("test", experiment.scoring.batch_size), device)
    (folder / RESULT).write_text(json.dumps({"test_top1": score}, indent=1))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
