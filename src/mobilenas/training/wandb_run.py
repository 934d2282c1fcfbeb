"""The run of one training in Weights & Biases."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilenas.training.history import Logged
from mobilenas.training.metrics_log import Destination

if TYPE_CHECKING:
    import wandb

log = logging.getLogger(__name__)

STEP = "trainer/global_step"
"""The horizontal axis of the charts, by the name that Lightning's own logger gives it."""

SECONDS = {"init_timeout": 30, "finish_timeout": 20}
"""How long a server may let a training wait, of W&B's settings; older versions do not have all of them."""


class WandbRun(Destination):
    """A training that was stopped and goes on is one run: of one id, and offline in one folder.

    W&B cannot add to a folder that it has written offline, and folders of one id replace each other at the server. So
    what was logged before is written again into the new folder, and then the older one is removed.

    Args:
        folder: the training's folder
        settings: W&B's settings of the run: its id, name, project and config
        offline: whether it stays here
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], offline: bool) -> None:
        self._folder, self._settings, self._offline = folder, settings, offline
        self._run: wandb.Run | None = None

    def begin(self, rows: Sequence[Logged]) -> None:
        older = set(self._folder.glob("wandb/offline-run-*"))
        with _ended_by_errors():
            run = self._run = self._opened()
            run.define_metric(STEP)
            run.define_metric("*", step_metric=STEP, step_sync=True)
        for step, metrics in rows:
            self.add(step, metrics)
        for one in older - {Path(run.dir).parent}:
            shutil.rmtree(one, ignore_errors=True)

    def add(self, step: int, metrics: Mapping[str, float]) -> None:
        if self._run and step >= self._run.starting_step:  # the server has the steps before
            with _ended_by_errors():
                self._run.log({**metrics, STEP: step}, step=step)

    def end(self, complete: bool) -> None:
        if self._run:
            with _ended_by_errors():
                self._run.finish(exit_code=0 if complete else 1)

    def _opened(self) -> wandb.Run:
        import wandb

        if not self._offline:
            try:
                return self._init(mode="online", resume="allow")
            except wandb.Error as error:
                wandb.teardown()  # else the id would be taken
                log.warning(
                    "Weights & Biases refuses %s (%s): its metrics stay in %s, and the command wandb sync sends them.",
                    self._settings["id"],
                    error.message.splitlines()[0].rstrip("."),
                    self._folder / "wandb",
                )
        return self._init(mode="offline")

    def _init(self, **more: Any) -> wandb.Run:
        import wandb

        known = {name for name in SECONDS if name in wandb.Settings.model_fields}
        limits: dict[str, Any] = {name: SECONDS[name] for name in known}
        return wandb.init(**self._settings, dir=str(self._folder), settings=wandb.Settings(**limits), **more)


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
