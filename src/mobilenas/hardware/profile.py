"""The interface of hardware settings, which give a search its latency table; ``TableHardware`` reads it from a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.engine.base import Precision
from mobilenas.files.hashes import digest
from mobilenas.files.paths import path_of
from mobilenas.files.text import about_of, columns_of
from mobilenas.hardware.predictor import COLUMNS as PREDICTOR_COLUMNS
from mobilenas.hardware.predictor import LatencyPredictor
from mobilenas.hardware.public_table import SUFFIXES, public_table
from mobilenas.hardware.table import LatencyTable, images_of
from mobilenas.hardware.validation import Validation
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import NonEmpty, settings
from mobilenas.timing.rounds import OnProgress, silent

if TYPE_CHECKING:
    from mobilenas.hardware.local import LocalHardware

LARGEST = 100_000_000
"""The most bytes of a table; a space of 10,000 layers has a table of 1 MB."""


@dataclass(frozen=True)
class Profile:
    """A latency table, with its error if that was measured.

    Args:
        table: the table
        validation: its predictions beside measurements
        predictor: the predictor that made its rows
        slowness: how slow the device was in each visit of the measurement, over the speed of the table
    """

    table: LatencyTable
    validation: Validation | None = None
    predictor: LatencyPredictor | None = None
    slowness: tuple[float, ...] = ()


class Hardware(ABC):
    """A device that networks are searched for."""

    @property
    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """Everything that its latencies depend on."""

    @property
    @abstractmethod
    def images(self) -> int:
        """The number of images in one forward pass; latency is the time of all of them together."""

    @property
    def at_hand(self) -> LocalHardware | None:
        """The same device if this program runs on it, so that whole networks can be measured; otherwise None."""
        return None

    @abstractmethod
    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        """Returns the latency of every layer of a search space, and of the layers of further networks.

        Args:
            space: its ``pieces`` become the rows of the table
            networks: their layers become rows of the table too
            seed: draws the random networks for the fit and the error of the table, and all random weights
            on_progress: is told the progress

        Raises:
            ValueError: the latencies are not available
        """

    def extended(
        self,
        table: LatencyTable,
        space: SearchSpace,
        networks: Sequence[NetworkSpec],
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> LatencyTable:
        """Returns a table of the space that also has rows for the layers of further networks.

        Args:
            table: the table that ``profile`` made
            space: the space that it was made for
            networks: the further networks; all of them are similar to the first one
            seed: seed of the weights
            on_progress: is told the progress

        Raises:
            ValueError: the latencies are not available
        """
        rows = self.profile(space, networks, seed, on_progress).table.rows
        return replace(table, rows={**rows, **table.rows})


@settings
class TableHardware(Hardware):
    """A device that was measured elsewhere, for example a phone: its table or its predictor is read from a file.

    Args:
        path: path of a file that ``LatencyTable.save`` or ``LatencyPredictor.save`` wrote, or of a table in YAML that
            ProxylessNAS or once-for-all publishes
        precision: a file whose times are of another precision is refused; null takes any
    """

    path: NonEmpty
    precision: Precision | None = None

    @property
    def _file(self) -> Path:
        path = path_of(self.path)
        if path.exists() and not path.is_file():  # a pipe or a device may have no end
            raise ValueError(f"hardware.path={path} is not a file: give the path of a table or a predictor.")
        if path.exists() and path.stat().st_size > LARGEST:
            raise ValueError(f"hardware.path={path} has more than {LARGEST:,} bytes: it is no table of latencies.")
        return path

    @property
    def identity(self) -> Mapping[str, str]:
        return {"table": digest(self._file)}

    @property
    def images(self) -> int:
        return 1 if self._is_public else images_of(about_of(self._file), self._file)

    @property
    def _is_public(self) -> bool:
        return self._file.suffix in SUFFIXES

    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        layers = layers_of(space, networks).values()
        if self._is_public:
            return Profile(public_table(self._file, layers))
        found = self.load()
        if self.precision not in (None, found.about.get("precision")):
            raise ValueError(
                f"{found.origin} has times of precision {found.about.get('precision', 'unknown')}, but"
                f" hardware.precision={self.precision}: profile the device with"
                f" hardware.engine.precision={self.precision}, or leave out hardware.precision."
            )
        if isinstance(found, LatencyPredictor):
            return Profile(found.table(layers), predictor=found)
        found.require(layers)
        return Profile(found)

    def load(self) -> LatencyTable | LatencyPredictor:
        """Reads the file; raises ValueError if it is neither."""
        is_predictor = columns_of(self._file) == list(PREDICTOR_COLUMNS)
        return LatencyPredictor.load(self._file) if is_predictor else LatencyTable.load(self._file)

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
    """Returns every layer of a space and of further networks that takes time, once, by key."""
    chains = [space.pieces, *(network.pieces for network in networks)]
    return {layer.key: layer for chain in chains for layer in chain if layer.takes_time}
