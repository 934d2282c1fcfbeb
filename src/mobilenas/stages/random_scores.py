"""Scores random architectures with a supernet's weights, which shows whether it has learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mobilenas.evaluation import Architecture
from mobilenas.evaluator import DATA, DEVICE, SPACE, SUPERNET, Scoring
from mobilenas.progress import Progress
from mobilenas.settings import Given
from mobilenas.stages.base import Run


def random_scores(run: Run, scoring: Scoring, weights: Path) -> list[float]:
    """Returns the accuracies of random architectures of a run's space, in [0, 1].

    Args:
        run: its seed draws the architectures, and its data scores them
        scoring: the settings of the scoring
        weights: the file of the supernet's weights
    """
    count = scoring.random_architectures
    drawn = [tuple(one.tolist()) for one in run.space.sample(count, np.random.default_rng(run.seed))]
    evaluator = scoring.evaluator(
        Given(
            {
                SUPERNET: lambda: weights,
                SPACE: lambda: run.layerwise,
                DATA: lambda: run.data,
                DEVICE: lambda: run.training.device,
            }
        )
    )
    found: dict[Architecture, float] = {}
    with Progress("random architectures", len(set(drawn)), "architecture") as progress:
        for score in evaluator.scores(list(dict.fromkeys(drawn))):
            found[score.architecture] = score.accuracy
            scores = list(found.values())
            progress.advance(f"accuracy {np.mean(scores):.3f} ± {np.std(scores):.3f}")
    return [found[architecture] for architecture in drawn]
