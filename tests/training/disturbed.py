"""A loader that disturbs a training at one of its batches, in whichever process trains."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import distributed

from mobilenas.data import EpochLoader
from mobilenas.data.normalization import Batch
from tests.executor.trials import lines, note


@dataclass(frozen=True)
class Disturbance:
    """What happens to a training.

    Args:
        folder: for notes of the processes and of their batches
        what: ``kill`` ends the process at once; ``poison`` makes the images infinite; ``fail`` raises ValueError; the
            number of a signal is sent to the process ``main``
        rank: the process that it happens in
        epoch: the epoch, from 0
        batch: the batch in it, from 0
        times: how often it happens
        main: the main process
    """

    folder: Path
    what: str | int
    rank: int = 1
    epoch: int = 1
    batch: int = 3
    times: int = 1
    main: int = 0

    def happens(self, batch: Batch) -> Batch:
        if note(self.folder / "happened", "") > self.times:
            return batch
        if self.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.what == "fail":
            raise ValueError("The photo cat.jpg cannot be read.")
        if self.what == "poison":
            return batch[0] / 0, batch[1]
        os.kill(self.main, int(self.what))
        return batch

    @property
    def processes(self) -> set[int]:
        """The processes that have trained."""
        return set(map(int, lines(self.folder / "processes")))

    @property
    def batches(self) -> list[tuple[int, int]]:
        """The epoch and the number of each batch that the process has begun, in order."""
        return [tuple(map(int, one.split())) for one in lines(self.folder / "batches")]


class Disturbed(EpochLoader):
    """A loader at one of whose batches something happens."""

    def __init__(self, loader: EpochLoader, disturbance: Disturbance) -> None:
        vars(self).update(vars(loader))
        self._disturbance = disturbance

    def __iter__(self) -> Iterator[Batch]:
        it, rank = self._disturbance, distributed.get_rank() if distributed.is_initialized() else 0
        note(it.folder / "processes", str(os.getpid()))
        for batch in super().__iter__():
            place = self._epoch, self._batches - 1
            if rank == it.rank:
                note(it.folder / "batches", f"{place[0]} {place[1]}")
            yield it.happens(batch) if (rank, *place) == (it.rank, it.epoch, it.batch) else batch
