"""The record of a run in MLflow."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mobilenas.tracking.base import Made, Rows, Tracker
from mobilenas.tracking.csv_files import csv_text
from mobilenas.tracking.log import settings_in

LONGEST, AT_ONCE = 500, 100
"""The most letters of a setting that are recorded, and the most settings in one call."""


class MlflowTracker(Tracker):
    """One MLflow run, which goes on under its id.

    Args:
        client: MLflow's client
        folder: the run's folder
        experiment: name of the experiment, which is made if there is none
        files: where a new experiment keeps files; by default where the server does
        kept: the id of the run that goes on, or an empty text
        sends_files: whether the files of artifacts are copied
    """

    def __init__(
        self, client: Any, folder: Path, experiment: str, files: str | None, kept: str, sends_files: bool
    ) -> None:
        self._client, self._sends_files = client, sends_files
        self._run = _going_on(client, kept) if kept else None
        self._keeps = self._run is not None
        if self._run is None:
            self._run = self._begun(folder, experiment, files)

    @property
    def id(self) -> str:
        return str(self._run)

    @property
    def keeps(self) -> bool:
        return self._keeps

    def last_step(self, series: str) -> int:
        if not self._keeps:
            return -1
        own = [name for name in self._client.get_run(self._run).data.metrics if name.rpartition("/")[0] == series]
        steps = [one.step for name in own for one in self._client.get_metric_history(self._run, name)]
        return max(steps, default=-1)

    def scalars(self, series: str, step: int, values: Mapping[str, float]) -> None:
        self._log({f"{series}/{name}": value for name, value in values.items()}, step)

    def values(self, values: Mapping[str, float]) -> None:
        self._log(values, 0)

    def table(self, name: str, table: Rows) -> None:
        self._client.log_text(self._run, csv_text(table.columns, table.cells), f"{name}.csv")

    def file(self, name: str, path: Path) -> None:
        self._client.log_artifact(self._run, str(path), name.rpartition("/")[0] or None)

    def artifact(self, made: Made | None, inputs: Sequence[Made]) -> None:
        if made is None:
            return
        place = f"artifacts/{made.name}"
        about = {"kind": made.kind, "inputs": list(made.inputs), "files": sorted(made.files)}
        self._client.log_dict(self._run, about, f"{place}/artifact.json")
        for name, path in made.files.items() if self._sends_files else ():
            self._client.log_artifact(self._run, str(path), f"{place}/{name}".rpartition("/")[0])

    def close(self, complete: bool) -> None:
        self._client.set_terminated(self._run, "FINISHED" if complete else "KILLED")

    def _log(self, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        self._client.log_batch(
            self._run, [Metric(_named(name), float(value), now, step) for name, value in values.items()]
        )

    def _begun(self, folder: Path, experiment: str, files: str | None) -> str:
        from mlflow.entities import Param

        found = self._client.get_experiment_by_name(experiment)
        number = found.experiment_id if found else self._client.create_experiment(experiment, files)
        run = str(self._client.create_run(number, run_name=folder.name).info.run_id)
        params = [Param(name, text[:LONGEST]) for name, text in _flat(settings_in(folder))]
        for begin in range(0, len(params), AT_ONCE):
            self._client.log_batch(run, params=params[begin : begin + AT_ONCE])
        return run


def _going_on(client: Any, kept: str) -> str | None:
    """Returns the id of a run that MLflow still has, which is marked as running; None if it has been deleted."""
    from mlflow.exceptions import MlflowException

    with suppress(MlflowException):
        if client.get_run(kept).info.lifecycle_stage == "active":
            client.update_run(kept, status="RUNNING")
            return kept
    return None


def _flat(settings: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Yields settings by their names on the command line, as texts."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield _named(f"{above}{name}"), str(value)


def _named(name: str) -> str:
    """Returns a name without the letters that MLflow refuses."""
    return re.sub(r"[^\w\-. :/]", "_", name)
