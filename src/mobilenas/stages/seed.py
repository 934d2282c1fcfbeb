"""The stage that trains the seed network, which NetAdapt begins with."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.adaptation import NetAdapt, WidthSpace
from mobilenas.files.whole import write_text
from mobilenas.hardware import Hardware
from mobilenas.network import NetworkSpec
from mobilenas.settings import plain
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.chosen import read_network
from mobilenas.stages.found import SearchRecord
from mobilenas.stages.given_weights import WeightsFrom, check_given, check_last_layer, given_to, seed_from
from mobilenas.stages.latencies import WidthLatencies
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe
from mobilenas.training.weights import WEIGHTS

log = logging.getLogger(__name__)

NETWORK = "network.yaml"


@dataclass(frozen=True)
class SeedRecord:
    """The results of the stage.

    Args:
        spec: the network's description
        weights: the file of its weights
    """

    spec: NetworkSpec
    weights: Path

    @classmethod
    def load(cls, folder: Path) -> SeedRecord:
        """Reads the record in the stage's folder; raises ValueError if a file is not as the stage wrote it."""
        return cls(read_network(folder / NETWORK), folder / WEIGHTS)


@dataclass(frozen=True)
class SeedStage(Stage):
    """Writes the given network, or the best one of the search, and its weights after training on ``train`` only.

    Args:
        run: its data trains the network
        recipe: the recipe of its training
        adaptation: the settings of NetAdapt
        hardware: the hardware that the network is made smaller for
    """

    name: ClassVar[str] = "seed"
    trains: ClassVar[bool] = True
    recipe: Recipe
    adaptation: NetAdapt
    hardware: Hardware

    @property
    def depends_on(self) -> Mapping[str, object]:
        networks = [network.to_yaml() for network in self.run.networks]
        weights = self.run.weights.fingerprint if self.run.weights and self._weights_from != "random" else None
        own = {"networks": networks, "recipe": plain(self.recipe), "weights": weights}
        return own | self.run.trained | self.run.taught

    @property
    def reads(self) -> tuple[str, ...]:
        return () if self.run.networks else ("search",)

    @property
    def groups(self) -> tuple[str, ...]:
        return "network", "recipe", "data", "trainer"

    def check(self) -> None:
        check_batch(self.run, self.recipe.batch_size, "recipe.batch_size")
        check_given(self.recipe, self._weights_from)
        check_last_layer(self.run, self.recipe, self._weights_from)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        spec = self._network()
        write_text(folder / NETWORK, spec.to_yaml())
        if "profile" in made:
            self._foresee(spec)
        begin = given_to(self.run, spec, self._weights_from)
        trained(self.run, self.recipe, spec, folder, ("train",), begin, self.run.teacher)
        remove_checkpoints(folder)
        return {"network": spec.name}

    @property
    def _weights_from(self) -> WeightsFrom:
        return seed_from(self.run, self.recipe)

    def _network(self) -> NetworkSpec:
        if self.run.networks:
            return self.run.networks[0]
        found = SearchRecord.load(self.run.folder / "search", self.run.space)
        return found.chosen(self.run.space, self.run.choose, self.run.choose_by)[0].spec

    def _foresee(self, spec: NetworkSpec) -> None:
        """Tells problems before the long training: a target that cannot be reached, or a missing row."""
        widths = WidthSpace(spec, self.adaptation.divisor)
        smallest = tuple(0 for _ in widths.options)
        latencies = WidthLatencies(self.run.folder, self.hardware, self.run.space, widths)
        seed_ms, least_ms = latencies([widths.widest, smallest])
        if least_ms > (target_ms := self.adaptation.target(seed_ms)):
            log.warning(
                "seed: with all widths at their smallest, %s takes %.4g ms, and the target is %.4g ms: NetAdapt may"
                " not reach the target; choose another network or a higher target.",
                spec.name,
                least_ms,
                target_ms,
            )
