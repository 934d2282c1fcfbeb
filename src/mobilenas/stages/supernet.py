"""Train the supernet, then show on random architectures that it has learned."""

import json
from pathlib import Path

import numpy as np
import torch

from mobilenas.evaluator import SupernetAccuracy
from mobilenas.progress import Progress
from mobilenas.stages.base import Experiment
from mobilenas.supernet import Supernet, load_supernet, save_supernet

WEIGHTS = "supernet.safetensors"


def supernet(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write ``supernet.safetensors`` and ``random_architectures.json``; returns their mean and spread."""
    recipe, seed = experiment.supernet_recipe, experiment.seed
    module = experiment.training.fit(
        lambda: experiment.method(space=experiment.space, recipe=recipe, seed=seed),
        experiment.data.train_loader(recipe.batch_size, seed),
        recipe,
        folder,
        "supernet",
    )
    trained = module.supernet
    assert isinstance(trained, Supernet)
    save_supernet(trained, folder / WEIGHTS)
    scores = _random_scores(experiment, folder)
    (folder / "random_architectures.json").write_text(json.dumps(scores, indent=1))
    return {"random_top1_mean": float(np.mean(scores)), "random_top1_std": float(np.std(scores))}


def accuracy(experiment: Experiment, weights: Path) -> SupernetAccuracy:
    """Scores paths with the weights in a file."""
    scoring = experiment.scoring
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return SupernetAccuracy(
        load_supernet(experiment.space, weights),
        experiment.data,
        scoring.calibration_images,
        scoring.batch_size,
        device,
    )


def _random_scores(experiment: Experiment, folder: Path) -> list[float]:
    count = experiment.scoring.random_architectures
    architectures = experiment.space.sample(count, np.random.default_rng(experiment.seed))
    top1 = accuracy(experiment, folder / WEIGHTS)
    scores = []
    with Progress("random architectures", count, "architecture") as progress:
        for architecture in architectures:
            scores.append(top1(tuple(architecture.tolist())))
            progress.advance(f"top1 {np.mean(scores):.3f} ± {np.std(scores):.3f}")
    return scores
