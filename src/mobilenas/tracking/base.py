"""The interface of trackers, which record a run where a person looks at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Logged: TypeAlias = tuple[int, dict[str, float]]
"""A step and its figures by name."""

Cell: TypeAlias = str | float | int | bool | None


@dataclass(frozen=True)
class Rows:
    """A table.

    Args:
        columns: names of the columns
        cells: the rows, each with a cell for every column
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Made:
    """Files that a stage has made, which later stages read: an artifact, in the words of W&B and MLflow.

    Args:
        name: its name, the same for the same settings in every run
        kind: what it is, for example ``supernet``
        files: the path of each file, by its name within the artifact
        inputs: the names of the artifacts that it was made from
    """

    name: str
    kind: str
    files: Mapping[str, Path] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


class Tracker(ABC):
    """Records one run. Any of its calls may raise any error, which does not end the run."""

    @property
    def id(self) -> str:
        """The name under which a run that goes on finds its record again."""
        return ""

    @property
    def keeps(self) -> bool:
        """Whether the record of a run that goes on has what was sent before; otherwise everything is sent again."""
        return False

    def last_step(self, series: str) -> int:
        """Returns the last step of a series that the record has, or -1."""
        return -1

    @abstractmethod
    def scalars(self, series: str, step: int, values: Mapping[str, float]) -> None:
        """Records the figures of a step of a series; each is named ``series/name``."""

    @abstractmethod
    def values(self, values: Mapping[str, float]) -> None:
        """Records figures that the run has once, by their whole names."""

    @abstractmethod
    def table(self, name: str, table: Rows) -> None:
        """Records a table."""

    @abstractmethod
    def file(self, name: str, path: Path) -> None:
        """Records a picture (PNG) or a page (HTML)."""

    @abstractmethod
    def artifact(self, made: Made | None, inputs: Sequence[Made]) -> None:
        """Records what a stage has made, and what it has read for that.

        Args:
            made: what was made; None if only the reading is to be recorded
            inputs: what was read
        """

    @abstractmethod
    def close(self, complete: bool) -> None:
        """Ends the record; the run is complete, or it was stopped or failed."""
