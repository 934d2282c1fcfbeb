"""Where a search's latency table comes from: measured here, or given as a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.files.hashes import digest
from mobilenas.files.text import about_of, columns_of
from mobilenas.hardware.predictor import COLUMNS as PREDICTOR_COLUMNS
from mobilenas.hardware.predictor import LatencyPredictor
from mobilenas.hardware.table import LatencyTable, images_of
from mobilenas.hardware.validation import Validation
from mobilenas.network.spec import Layer, NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import settings
from mobilenas.timing.rounds import OnProgress, silent

if TYPE_CHECKING:
    from mobilenas.hardware.local import LocalHardware


@dataclass(frozen=True)
class Profile:
    """A latency table, and how far it can be trusted where that was measured."""

    table: LatencyTable
    validation: Validation | None = None
    predictor: LatencyPredictor | None = None


class Hardware(ABC):
    """A device to search for."""

    @property
    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """All that its latencies depend on."""

    @property
    @abstractmethod
    def images(self) -> int:
        """Images that one run has at once: latency is the time of all of them."""

    @property
    def at_hand(self) -> LocalHardware | None:
        """The same device where it is the one that this runs on, so that whole networks can be measured."""
        return None

    @abstractmethod
    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        """The latency of every layer of a search space, and of further networks.

        Args:
            space: its ``pieces`` become the rows of the table
            networks: whose layers are to be in the table too
            seed: draws the random networks that the table is fitted to and validated on, and all random weights
            on_progress: told how far it is

        Raises:
            ValueError: the latencies cannot be had
        """

    def extended(
        self,
        table: LatencyTable,
        space: SearchSpace,
        networks: Sequence[NetworkSpec],
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> LatencyTable:
        """A table of the space with rows for the layers of further networks too.

        Args:
            table: as ``profile`` has made it
            space: that it was made for
            networks: all of them much like the first one
            seed: of the weights
            on_progress: told how far it is

        Raises:
            ValueError: the latencies cannot be had
        """
        rows = self.profile(space, networks, seed, on_progress).table.rows
        return replace(table, rows={**rows, **table.rows})


@settings
class TableHardware(Hardware):
    """A device that was measured elsewhere, a phone say: its table or its predictor is read from a file.

    Args:
        path: of a file as ``LatencyTable.save`` or ``LatencyPredictor.save`` writes it
    """

    path: str

    @property
    def identity(self) -> Mapping[str, str]:
        return {"table": digest(Path(self.path))}

    @property
    def images(self) -> int:
        return images_of(about_of(Path(self.path)))

    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        path, layers = Path(self.path), layers_of(space, networks).values()
        if columns_of(path) == list(PREDICTOR_COLUMNS):
            predictor = LatencyPredictor.load(path)
            return Profile(predictor.table(layers), predictor=predictor)
        table = LatencyTable.load(path)
        table.require(layers)
        return Profile(table)

    def extended(
        self,
        table: LatencyTable,
        space: SearchSpace,
        networks: Sequence[NetworkSpec],
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> LatencyTable:
        try:
            return super().extended(table, space, networks, seed, on_progress)
        except ValueError as error:
            raise ValueError(
                f"{error} For widths that are in no search space, set hardware.path to the file of a predictor:"
                " hardware=predictor on that device writes it as profile/predictor.csv."
            ) from None


def layers_of(space: SearchSpace, networks: Sequence[NetworkSpec] = ()) -> dict[str, Layer]:
    """Every layer of a space and of further networks that takes time, once, by key."""
    chains = [space.pieces, *(network.pieces for network in networks)]
    return {layer.key: layer for chain in chains for layer in chain if layer.takes_time}
