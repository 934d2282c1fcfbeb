"""The record of a search: all that was evaluated, and what was found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Evaluation
from mobilenas.search_space import SearchSpace
from mobilenas.stages.chosen import Chosen, read_evaluations

FRONT, RANKING, TOLD, RECORD = "front.json", "ranking.json", "told.json", "record.json"


@dataclass(frozen=True)
class SearchRecord:
    """The results of the stage.

    Args:
        made_by: the algorithm in words
        scored_by: the scoring of architectures in words; empty if a supernet scored
        told: every architecture that was evaluated, failures included
        front: the non-dominated evaluations, by rising latency
        ranking: the evaluations of highest reward, best first; empty if there was no reward
        target_ms: the latency that the reward aims at
    """

    made_by: str
    scored_by: str
    told: tuple[Evaluation, ...]
    front: tuple[Evaluation, ...]
    ranking: tuple[Evaluation, ...]
    target_ms: float | None

    @classmethod
    def load(cls, folder: Path) -> SearchRecord:
        """Reads the record in the stage's folder."""
        record = json.loads((folder / RECORD).read_text())
        ranking = read_evaluations(folder / RANKING) if (folder / RANKING).exists() else ()
        told, front = read_evaluations(folder / TOLD), read_evaluations(folder / FRONT)
        return cls(record["made_by"], record["scored_by"], told, front, ranking, record["target_ms"])

    @property
    def by_reward(self) -> bool:
        """Whether the search had a reward, by which networks are chosen."""
        return bool(self.ranking)

    def chosen(self, space: SearchSpace, count: int) -> list[Chosen]:
        """Returns the networks of highest reward, best first, or networks at equal distances along the front."""
        evaluations = self.ranking[:count] if self.by_reward else equally_spaced(self.front, count)
        return [
            Chosen(replace(space.network(one.architecture), name=f"{space.name}-{number}"), one)
            for number, one in enumerate(evaluations, 1)
        ]
