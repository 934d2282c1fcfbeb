"""The stage that compares a supernet's scores with the accuracies of networks that were trained alone."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mobilenas.evaluation import Architecture
from mobilenas.evaluation.rank_correlation import kendall_tau, spearman_rho, with_interval
from mobilenas.evaluator import DATA, DEVICE, SPACE, SUPERNET, Evaluator, Scoring
from mobilenas.files.hashes import digest
from mobilenas.files.paths import path_of
from mobilenas.files.record import write_record
from mobilenas.progress import Progress
from mobilenas.settings import Given, plain
from mobilenas.stages.alone_record import AloneRecord
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.ranking_record import RECORD, RankedNetwork, RankingRecord
from mobilenas.stages.supernet_record import WEIGHTS

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RankingStage(Stage):
    """Writes the scores of the networks of the stage ``alone``, and their rank correlation with the accuracies.

    Args:
        run: its supernet scores
        scoring: the settings of the scoring
    """

    name: ClassVar[str] = "ranking"
    trains: ClassVar[bool] = True
    scoring: Scoring

    @property
    def depends_on(self) -> Mapping[str, object]:
        weights = self.scoring.given_weights
        return {
            "space": [self.run.space.name, self.run.space.fingerprint],
            "scoring": plain(self.scoring),
            "weights": digest(path_of(weights)) if weights else None,
            "data": self.run.data.fingerprint,
            "seed": self.run.seed,
        }

    @property
    def reads(self) -> tuple[str, ...]:
        return ("alone",) if self.scoring.given_weights else ("alone", "supernet")

    @property
    def groups(self) -> tuple[str, ...]:
        return "search_space", "evaluator", "data"

    def check(self) -> None:
        _ = self.run.layerwise

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        """Scores the networks; raises ValueError if the weights are missing, or belong to another space."""
        alone = AloneRecord.load(self.run.folder / "alone", self.run.space)
        found: dict[Architecture, float] = {}
        with Progress("ranking", len(alone.networks), "architecture") as progress:
            for score in self._evaluator().scores([one.architecture for one in alone.networks]):
                found[score.architecture] = score.accuracy
                progress.advance(f"accuracy {score.accuracy:.3f}")
        networks = [
            RankedNetwork(one.architecture, found[one.architecture], one.search_accuracy, one.test_accuracy)
            for one in alone.networks
        ]
        record = ranking_of(alone.made_by, networks, alone.search_images, self.run.seed)
        write_record(folder / RECORD, record)
        log.info("ranking: %s", record.in_words())
        return {"Kendall's tau": str(record.tau), "Spearman's rho": str(record.rho)}

    def _evaluator(self) -> Evaluator:
        run, weights = self.run, self.scoring.given_weights
        return self.scoring.evaluator(
            Given(
                {
                    SUPERNET: lambda: path_of(weights) if weights else run.folder / "supernet" / WEIGHTS,
                    SPACE: lambda: run.layerwise,
                    DATA: lambda: run.data,
                    DEVICE: lambda: run.training.device,
                }
            )
        )


def ranking_of(made_by: str, networks: list[RankedNetwork], search_images: int, seed: int) -> RankingRecord:
    """Returns the record of networks with their scores and accuracies; see ``RankingRecord``."""
    scores = [one.score for one in networks]
    search, test = [one.search_accuracy for one in networks], [one.test_accuracy for one in networks]
    return RankingRecord(
        made_by,
        tuple(networks),
        with_interval(kendall_tau, scores, search, seed),
        with_interval(spearman_rho, scores, search, seed),
        with_interval(kendall_tau, scores, test, seed),
        search_images,
        seed,
    )
