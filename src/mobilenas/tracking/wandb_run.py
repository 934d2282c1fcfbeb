"""The record of a run in Weights & Biases."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilenas.tracking.base import Made, Rows, Tracker

if TYPE_CHECKING:
    import wandb

log = logging.getLogger(__name__)

SECONDS = {"init_timeout": 30, "finish_timeout": 20}
"""How long a server may let a run wait, of W&B's settings; older versions do not have all of them."""


class WandbTracker(Tracker):
    """A run that was stopped and goes on is one run: of one id, and offline in one folder.

    W&B cannot add to a folder that it has written offline, and folders of one id replace each other at the server. So
    a run that goes on is recorded again in a new folder, and the older one is removed.

    Args:
        folder: the run's folder
        settings: W&B's settings of the run: its id, name, project and config
        offline: whether it stays here
        sends_files: whether artifacts are recorded with their files
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], offline: bool, sends_files: bool = True) -> None:
        self._folder, self._settings, self._sends_files = folder, settings, sends_files
        self._defined: set[str] = set()
        older = set(folder.glob("wandb/offline-run-*"))
        with _ended_by_errors():
            self._run = self._offline() if offline else self._online()
        for one in older - {Path(self._run.dir).parent}:
            shutil.rmtree(one, ignore_errors=True)

    @property
    def id(self) -> str:
        return str(self._run.id)

    @property
    def keeps(self) -> bool:
        return not self._run.offline

    def last_step(self, series: str) -> int:
        sent: Any = self._run.summary
        return int(sent.get(f"{series}/step", -1)) if self.keeps else -1

    def scalars(self, series: str, step: int, values: Mapping[str, float]) -> None:
        with _ended_by_errors():
            if series not in self._defined:
                self._run.define_metric(f"{series}/step", hidden=True)
                self._run.define_metric(f"{series}/*", step_metric=f"{series}/step")
                self._defined.add(series)
            self._run.log({f"{series}/{name}": value for name, value in values.items()} | {f"{series}/step": step})

    def values(self, values: Mapping[str, float]) -> None:
        with _ended_by_errors():
            self._run.summary.update(dict(values))

    def table(self, name: str, table: Rows) -> None:
        import wandb

        with _ended_by_errors():
            self._run.log({name: wandb.Table(columns=list(table.columns), data=[list(row) for row in table.cells])})

    def file(self, name: str, path: Path) -> None:
        import wandb

        with _ended_by_errors():
            kind: Any = wandb.Html if path.suffix == ".html" else wandb.Image
            self._run.log({name: kind(str(path))})

    def artifact(self, made: Made | None, inputs: Sequence[Made]) -> None:
        with _ended_by_errors():
            for one in inputs:
                if self._run.offline:  # use_artifact refuses, but the program that sends an offline run knows this mark
                    self._run._log_artifact(self._artifact(one), use_after_commit=True)
                else:
                    self._run.use_artifact(self._artifact(one))
            if made:
                self._run.log_artifact(self._artifact(made))

    def close(self, complete: bool) -> None:
        offline, folder = self._run.offline, Path(self._run.dir).parent
        with _ended_by_errors():
            self._run.finish(exit_code=0 if complete else 1)
        if offline:
            log.info(
                "Weights & Biases: the record of this run stays here; this command sends it: wandb sync %s", folder
            )

    def _artifact(self, made: Made) -> wandb.Artifact:
        import wandb

        artifact = wandb.Artifact(made.name, made.kind, metadata={"inputs": list(made.inputs)})
        for name, path in made.files.items() if self._sends_files else ():
            artifact.add_file(str(path), name=name, policy="immutable")  # without a copy of the file
        return artifact

    def _online(self) -> wandb.Run:
        import wandb

        try:
            return self._init(mode="online", resume="allow")
        except wandb.Error as error:
            wandb.teardown()  # else the id would be taken
            log.warning(
                "Weights & Biases refuses %s (%s): its record stays in %s, and the command wandb sync sends it.",
                self._settings.get("name"),
                error.message.splitlines()[0].rstrip("."),
                self._folder / "wandb",
            )
        return self._offline()

    def _offline(self) -> wandb.Run:
        return self._init(mode="offline")

    def _init(self, **more: Any) -> wandb.Run:
        import wandb

        known = {name for name in SECONDS if name in wandb.Settings.model_fields}
        own: dict[str, Any] = {name: SECONDS[name] for name in known} | {
            "console": "off"
        }  # it would replace sys.stdout
        return wandb.init(**self._settings, dir=str(self._folder), settings=wandb.Settings(**own), **more)


@contextmanager
def _ended_by_errors() -> Iterator[None]:
    """Ends W&B's own process after an error, which would show a traceback of its own at the end."""
    try:
        yield
    except Exception:
        import wandb

        with suppress(Exception):
            wandb.teardown()
        raise
