"""The record of a search: all that was evaluated, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.files.record import read_record, strict
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.search_space import SearchSpace
from mobilenas.settings.kinds import Count, Latency
from mobilenas.stages.chosen import Chosen, read_evaluations

LONGEST = 60
"""The most letters of the name of a network that an architecture names."""

FRONT, RANKING, TOLD, RECORD = "front.json", "ranking.json", "told.json", "record.json"

DECISIONS = "decisions.json"
"""The names of the options of each decision, for programs that show a search."""


@strict
@dataclass(frozen=True)
class SearchFacts:
    """The content of the stage's record.json; see ``SearchRecord``."""

    made_by: str
    scored_by: str
    target_ms: Latency | None
    by_reward: bool
    rounds: tuple[Count, ...] = ()


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
        rounds: number of architectures that were evaluated by the end of each round, for example of each generation;
            empty in a record of an older version
    """

    made_by: str
    scored_by: str
    told: tuple[Evaluation, ...]
    front: tuple[Evaluation, ...]
    ranking: tuple[Evaluation, ...]
    target_ms: float | None
    rounds: tuple[int, ...] = ()

    @classmethod
    def load(cls, folder: Path, space: SearchSpace | None = None) -> SearchRecord:
        """Reads the record in the stage's folder.

        Args:
            folder: the stage's folder
            space: the space that was searched; without it architectures are not checked

        Raises:
            ValueError: a file is not as the stage wrote it
        """
        facts: SearchFacts = read_record(folder / RECORD, SearchFacts)
        ranking = read_evaluations(folder / RANKING, space) if facts.by_reward else ()
        told, front = read_evaluations(folder / TOLD, space), read_evaluations(folder / FRONT, space)
        return cls(facts.made_by, facts.scored_by, told, front, ranking, facts.target_ms, facts.rounds)

    @property
    def by_reward(self) -> bool:
        """Whether the search had a reward, by which networks are chosen."""
        return bool(self.ranking)

    def chosen(self, space: SearchSpace, count: int, by: Literal["spread", "accuracy"] = "spread") -> list[Chosen]:
        """Returns the networks of highest reward, best first, or networks at equal distances along the front.

        Args:
            space: the space that was searched
            count: number of networks
            by: ``accuracy`` chooses the most accurate networks within the target, best first, instead

        Raises:
            ValueError: no evaluated network is within the target
        """
        if by == "accuracy":
            evaluations: Sequence[Evaluation] = self._most_accurate()[:count]
        else:
            evaluations = self.ranking[:count] if self.by_reward else equally_spaced(self.front, count)
        return [
            Chosen(replace(space.network(one.architecture), name=f"{space.name}-{number}"), one)
            for number, one in enumerate(evaluations, 1)
        ]

    def named(self, space: SearchSpace, architecture: Architecture) -> Chosen:
        """Returns the network of an architecture, with its evaluation if the search has made one.

        Raises:
            ValueError: the architecture is not of the space
        """
        network = replace(
            space.network(architecture), name=f"{space.name}-{'.'.join(map(str, architecture))}"[:LONGEST].rstrip(".")
        )
        found = (one for one in self.told if one.architecture == tuple(architecture) and one.failure is None)
        return Chosen(network, next(found, None))

    def _most_accurate(self) -> list[Evaluation]:
        """Returns the networks of the front within the target, the most accurate one first."""
        curve = ACCURACY_LATENCY.non_dominated([one for one in self.told if one.failure is None])
        within = [one for one in curve if self.target_ms is None or one.latency_ms <= self.target_ms]
        if not within:
            raise ValueError(
                f"No network that the search has evaluated takes at most {self.target_ms:g} ms, and the fastest takes"
                f" {curve[0].latency_ms:.4g} ms: set a higher target, choose_by=spread, or search longer."
            )
        return within[::-1]
