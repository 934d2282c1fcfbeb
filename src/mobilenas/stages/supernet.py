"""Train the supernet, then show on random architectures that it has learned."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mobilenas.data import EpochLoader, Turns
from mobilenas.evaluator import SupernetAccuracy
from mobilenas.hardware import ExpectedLatency
from mobilenas.method import SupernetMethod
from mobilenas.progress import Progress
from mobilenas.stages.base import Experiment, asks_for
from mobilenas.stages.profile import read_table
from mobilenas.supernet import load_supernet, save_supernet

WEIGHTS, LEARNED = "supernet.safetensors", "learned.json"


def supernet(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write ``supernet.safetensors`` and ``random_architectures.json``; returns their mean and spread."""
    _, recipe, given = experiment.supernet_scoring, experiment.supernet_recipe, _given(experiment)
    module = experiment.training.fit(
        lambda: experiment.method(space=experiment.layerwise, recipe=recipe, **given),
        given.get("turns") or _loader(experiment),
        recipe,
        folder,
        "supernet",
    )
    assert isinstance(module, SupernetMethod)
    save_supernet(module.supernet, folder / WEIGHTS)
    (folder / LEARNED).write_text(json.dumps(module.learned(), indent=1))
    scores = _random_scores(experiment, folder)
    (folder / "random_architectures.json").write_text(json.dumps(scores, indent=1))
    return {"random_top1_mean": float(np.mean(scores)), "random_top1_std": float(np.std(scores))}


def accuracy(experiment: Experiment, weights: Path) -> SupernetAccuracy:
    """Scores paths with the weights in a file."""
    scoring = experiment.supernet_scoring
    return SupernetAccuracy(
        load_supernet(experiment.layerwise, weights),
        experiment.data,
        scoring.calibration_images,
        scoring.batch_size,
        experiment.training.device,
    )


def read_learned(folder: Path, name: str) -> Any:
    """What the method has learned beside the weights.

    Raises:
        ValueError: it has learned no such thing
    """
    path = folder / LEARNED
    found = json.loads(path.read_text()) if path.exists() else {}
    if name not in found:
        raise ValueError(
            f"There are no learned {name} in {folder}: train the supernet with method=binarized or method=gumbel."
        )
    return found[name]


def _given(experiment: Experiment) -> dict[str, Any]:
    """What the method asks for beside space and recipe."""
    available: dict[str, Callable[[], Any]] = {
        "seed": lambda: experiment.seed,
        "latency": lambda: ExpectedLatency(experiment.layerwise, read_table(experiment.folder)),
        "batches": lambda: _steering_loader(experiment).endless,
        "turns": lambda: Turns(_loader(experiment), _steering_loader(experiment)),
    }
    return {name: make() for name, make in available.items() if asks_for(experiment.method, name)}


def _loader(experiment: Experiment) -> EpochLoader:
    return experiment.data.train_loader(experiment.supernet_recipe.batch_size, experiment.seed)


def _steering_loader(experiment: Experiment) -> EpochLoader:
    """Shuffled batches of the search split."""
    batch_size = min(experiment.supernet_recipe.batch_size, experiment.data.sizes["search"])
    return experiment.data.train_loader(batch_size, experiment.seed, splits=("search",))


def _random_scores(experiment: Experiment, folder: Path) -> list[float]:
    count = experiment.supernet_scoring.random_architectures
    architectures = experiment.space.sample(count, np.random.default_rng(experiment.seed))
    top1 = accuracy(experiment, folder / WEIGHTS)
    scores = []
    with Progress("random architectures", count, "architecture") as progress:
        for architecture in architectures:
            scores.append(top1(tuple(architecture.tolist())))
            progress.advance(f"top1 {np.mean(scores):.3f} ± {np.std(scores):.3f}")
    return scores
