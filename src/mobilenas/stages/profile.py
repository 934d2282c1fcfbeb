"""The stage that measures the latency table of the space, and its error."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mobilenas.hardware import Hardware, LatencyTable, Validation
from mobilenas.hardware.costs import check_table
from mobilenas.hardware.speed import load_speed, save_speed
from mobilenas.hardware.table import without_int8_instructions
from mobilenas.progress import Progress
from mobilenas.stages.base import Facts, Stage

log = logging.getLogger(__name__)

TABLE, VALIDATION, PREDICTOR, SPEED = "latency.csv", "validation.csv", "predictor.csv", "speed.csv"


@dataclass(frozen=True)
class ProfileRecord:
    """The results of the stage.

    Args:
        table: latency of each layer
        validation: its predictions beside the measured latencies; None if nothing was measured here
        slowness: how slow the device was in each visit of the measurement; empty if nothing was measured here
    """

    table: LatencyTable
    validation: Validation | None
    slowness: tuple[float, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> ProfileRecord:
        """Reads the record in the stage's folder.

        Raises:
            ValueError: there is no table
        """
        if not (path := folder / TABLE).exists():
            raise ValueError(f"There is no latency table at {path}: run the stage profile first.")
        validation, speed = folder / VALIDATION, folder / SPEED
        return cls(
            LatencyTable.load(path),
            Validation.load(validation) if validation.exists() else None,
            load_speed(speed) if speed.exists() else (),
        )


@dataclass(frozen=True)
class ProfileStage(Stage):
    """Writes the table and, if it was measured here, its predictions beside the latencies of whole networks.

    Args:
        run: its space and networks are measured
        hardware: measures them, or reads a file
    """

    name: ClassVar[str] = "profile"
    hardware: Hardware

    @property
    def depends_on(self) -> Mapping[str, object]:
        networks = [network.to_yaml() for network in self.run.networks]
        space = [self.run.space.name, self.run.space.fingerprint]
        return {"space": space, "networks": networks, "hardware": dict(self.hardware.identity)}

    @property
    def groups(self) -> tuple[str, ...]:
        return "search_space", "network", "hardware"

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        bars: dict[str, Progress] = {}
        try:
            found = self.hardware.profile(
                self.run.space, self.run.networks, on_progress=lambda *state: _show(bars, *state)
            )
        finally:
            for bar in bars.values():
                bar.close()
        check_table(found.table, self.run.space, self.run.networks)
        if without_int8_instructions(found.table.about):
            log.warning(
                "profile: this processor has no instructions for products of 8 bits, so that times of 8 bits say"
                " nothing about a phone."
            )
        found.table.save(folder / TABLE)
        if found.predictor:
            found.predictor.save(folder / PREDICTOR)
        if found.slowness:
            save_speed(folder / SPEED, found.slowness)
        if found.validation is None:
            return {}
        found.validation.save(folder / VALIDATION)
        return dict(found.validation.facts)


def _show(bars: dict[str, Progress], doing: str, done: int, total: int) -> None:
    if doing not in bars:
        for bar in bars.values():
            bar.close()
        bars[doing] = Progress(f"profile: {doing}", total, "round")
    bars[doing].reach(done)
