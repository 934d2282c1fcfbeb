"""The settings of a run's record: CSV files always, and perhaps a further place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from mobilenas.files.yaml_text import read_yaml
from mobilenas.settings import settings
from mobilenas.tracking.base import Tracker

LOGS = "logs"
"""The folder of the CSV files, in the run's folder and in the folders of its trainings."""


@settings
class Log(ABC):
    """Where a run is recorded besides its own CSV files.

    Attributes:
        name: the name of the place, for files
        title: the name of the place, for people
    """

    name: ClassVar[str]
    title: ClassVar[str]

    def check(self) -> None:
        """Raises ValueError if the record cannot be opened, before any work."""

    @abstractmethod
    def open(self, folder: Path, kept: str) -> Tracker | None:
        """Opens the record of a run; returns None if there is no further place.

        Args:
            folder: the run's folder, which holds config.yaml
            kept: the id of the record if the run goes on, otherwise empty
        """


@settings
class CsvLog(Log):
    """No further place: CSV files in the ``logs`` of the run and of its trainings."""

    name: ClassVar[str] = "csv"
    title: ClassVar[str] = "CSV"

    def open(self, folder: Path, kept: str) -> Tracker | None:
        return None


def settings_in(folder: Path) -> dict[str, object]:
    """Returns the settings in a run's folder, or nothing if there are none."""
    file = folder / "config.yaml"
    content = read_yaml(file.read_text(encoding="utf-8"), str(file)) if file.exists() else None
    return dict(content) if isinstance(content, dict) else {}


def need(package: str, logger: str) -> None:
    """Raises ValueError if a package of the extra ``tracking`` is not installed."""
    if find_spec(package) is None:
        raise ValueError(
            f"logger={logger} needs the package {package}: pip install 'mobilenas[tracking]', or choose logger=csv."
        )
