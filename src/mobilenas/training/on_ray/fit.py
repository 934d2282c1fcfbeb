"""A training on Ray's workers, as the main process sees it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mobilenas.cluster import machines, most_of, ray_connected, room_for
from mobilenas.training.checkpoint import checkpoint_of, epochs_of
from mobilenas.training.keep_best import best_of
from mobilenas.training.on_ray.desk import RayDesk
from mobilenas.training.on_ray.office import Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from ray import ObjectRef

    from mobilenas.tracking import Tracking
    from mobilenas.training.one_fit import Fit
    from mobilenas.training.ray_trainer import RayTrainer

log = logging.getLogger(__name__)

ENDS_S = 20.0
"""Seconds in which Ray Train ends the other workers after an error of one of them."""

LONGEST_REASON = 300
"""The largest number of characters of a reason in a message."""


class RayFit:
    """A training on Ray's workers; this process writes their checkpoints, from which the training goes on.

    Args:
        settings: the workers
        fit: the module and everything that trains it
        last: path of the checkpoint
        tracking: the record of the run
    """

    def __init__(self, settings: RayTrainer, fit: Fit, last: Path, tracking: Tracking) -> None:
        self._settings, self._fit, self._last, self._tracking = settings, fit, last, tracking

    def run(self) -> None:
        """Trains to the end, and loads the result into the module.

        Raises:
            ValueError: there is no room for the workers, or they die too often
            Exception: the error of a worker
        """
        with ray_connected(self._settings.cluster):
            from ray.exceptions import RayActorError

            self._check_room()
            try:
                with open_office(self._settings.workers) as office:
                    self._to_the_end(office)
            except RayActorError:
                raise ValueError(
                    f"{self._fit.name}: the process that runs Ray Train on this machine has died: the same command"
                    " goes on from the last checkpoint."
                ) from None

    def _to_the_end(self, office: Office) -> None:
        import ray

        fit, deaths = ray.put(self._fit), 0
        while dead := self._attempt(office, fit):
            deaths += 1
            if deaths > self._settings.retries:
                raise _too_many(self._fit.name, dead, self._settings.retries)
            again = "the training goes on from" if _ranks(dead) else "it tries again, from"
            log.warning("%s: %s; %s %s.", self._fit.name, _died(dead), again, self._place())
        self._fit.module.load_state_dict(best_of(checkpoint_of(self._last, self._fit.module)))

    def _attempt(self, office: Office, fit: ObjectRef[Fit]) -> Mapping[int, str]:
        """Trains until the end or a death; returns the reason for each worker that has died, by its number."""
        import ray

        its = self._settings
        checkpoint = ray.put(self._last.read_bytes() if self._last.exists() else None)
        given = {"fit": [fit], "checkpoint": [checkpoint], "threads": its.threads}
        running = office.train(given, its.workers, its.cpus_per_worker, its.gpus_per_worker)
        series = self._tracking.series(self._last.parent.parent, self._fit.name)
        with RayDesk(self._fit.name, self._last, series) as desk:
            is_over = False
            while (messages := office.take()) or not is_over:
                desk.handle(messages)
                if desk.error and desk.error_is_due:
                    break
                is_over = bool(ray.wait([running], timeout=0)[0])
            ray.wait([running], timeout=ENDS_S)  # a worker that has an error ends the others
            if desk.error:
                raise desk.error
        failed: dict[int, str] = ray.get(running)
        dead = {rank: reason for rank, reason in failed.items() if rank not in desk.failed_ranks}
        return dead or failed

    def _place(self) -> str:
        """Says where the training goes on."""
        begun = checkpoint_of(self._last, self._fit.module)
        return f"epoch {epochs_of(begun) + 1}" if begun else "the beginning"

    def _check_room(self) -> None:
        """Raises ValueError if the machines can never hold all workers."""
        wanted, cpus, gpus = self._settings.workers, self._settings.cpus_per_worker, self._settings.gpus_per_worker
        if (room := room_for(cpus, gpus, found := machines())) >= wanted:
            return
        raise ValueError(
            f"trainer.workers={wanted} need {cpus:g} CPU and {gpus} GPU each, and Ray's machines have room for {room}"
            f" of them; the largest have {most_of('CPU', found):g} CPU and {most_of('GPU', found):g} GPU: set a smaller"
            " trainer.workers or trainer.cpus_per_worker, or add machines to the cluster."
        )


def _died(dead: Mapping[int, str]) -> str:
    """Says which workers have died."""
    if not (known := _ranks(dead)):
        return "the workers could not be started"
    return f"worker{'s' if len(known) > 1 else ''} {', '.join(map(str, known))} died"


def _ranks(dead: Mapping[int, str]) -> list[int]:
    """Returns the numbers of the workers that were started."""
    return sorted(rank for rank in dead if rank >= 0)


def _too_many(name: str, dead: Mapping[int, str], retries: int) -> ValueError:
    """Returns the error to raise if workers have died too often."""
    reason = next((one for one in dead.values() if one), "")[:LONGEST_REASON].rstrip(".")
    way_out = (
        "if memory was short, set a smaller batch or trainer.images_at_once"
        if _ranks(dead)
        else "wait until the cluster is free, or set a smaller trainer.workers"
    )
    return ValueError(
        f"{name}: {_died(dead)}{reason and f' ({reason})'}, and trainer.retries={retries} is used up: {way_out}. The"
        " same command goes on from the last checkpoint."
    )
