"""The record of how well a supernet ranks networks that were also trained alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from mobilenas.evaluation import Architecture
from mobilenas.evaluation.rank_correlation import COVERED, RESAMPLES, RankCorrelation
from mobilenas.files.record import read_record, strict
from mobilenas.search_space import SearchSpace
from mobilenas.settings.kinds import Probability

RECORD = "record.json"


@strict
@dataclass(frozen=True)
class RankedNetwork:
    """A network with its score and its own accuracies.

    Args:
        architecture: its architecture
        score: the supernet's score, an accuracy on the split ``search``
        search_accuracy: accuracy after a training alone, on the split ``search``
        test_accuracy: the same on the split ``test``
    """

    architecture: Architecture
    score: Probability
    search_accuracy: Probability
    test_accuracy: Probability


@strict
@dataclass(frozen=True)
class RankingRecord:
    """The results of the stage.

    Args:
        made_by: the training of the networks in words
        networks: the networks in the order in which they were drawn
        tau: Kendall's tau of scores and accuracies on the split ``search``
        rho: Spearman's rho of the same
        test_tau: Kendall's tau of scores and accuracies on the split ``test``
        search_images: number of images in the split ``search``
        resamples: number of bootstrap samples of the networks behind each interval
        covered: share of these samples within the interval
        seed: the seed of these samples
    """

    made_by: str
    networks: tuple[RankedNetwork, ...]
    tau: RankCorrelation
    rho: RankCorrelation
    test_tau: RankCorrelation
    search_images: int
    seed: int
    resamples: int = RESAMPLES
    covered: float = COVERED

    @classmethod
    def load(cls, folder: Path, space: SearchSpace | None = None) -> RankingRecord:
        """Reads the record in the stage's folder.

        Args:
            folder: the stage's folder
            space: the space of the architectures; without it they are not checked

        Raises:
            ValueError: the file is not as the stage wrote it
        """
        found: RankingRecord = read_record(folder / RECORD, cls)
        for one in found.networks if space else ():
            assert space
            space.check(one.architecture)
        return found

    @property
    def spread(self) -> float:
        """The standard deviation of the networks' accuracies on the split ``search``."""
        return float(np.std([one.search_accuracy for one in self.networks], ddof=1))

    @property
    def error(self) -> float:
        """The standard error of such an accuracy, from the number of images alone."""
        mean = float(np.mean([one.search_accuracy for one in self.networks]))
        return sqrt(mean * (1 - mean) / self.search_images)

    def in_words(self) -> str:
        """Returns the correlations with their intervals, and what they are to be judged by."""
        return (
            f"Kendall's tau of the supernet's scores and the accuracies of {len(self.networks)} networks that were"
            f" trained alone is {self.tau} on the split search and {self.test_tau} on test; Spearman's rho on search is"
            f" {self.rho}. In brackets are {self.covered:.0%} of {self.resamples:,} bootstrap samples of these networks"
            f" (seed {self.seed}). The networks' own accuracies on search have a standard deviation of"
            f" {100 * self.spread:.1f} points, and each has a standard error of {100 * self.error:.1f} points."
        )
