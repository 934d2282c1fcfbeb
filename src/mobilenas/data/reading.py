"""Batches that other processes read, and what happens to these processes when the command is stopped."""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mobilenas.data.normalization import Batch
from mobilenas.stopped import STOPS, handler_kept, leave_stops_to_parent


class Reading:
    """The batches of a data set at given positions, in this order.

    Args:
        images: the data set
        batches: the positions of each batch
        collate: makes a batch of images in bytes and labels
        workers: number of processes that read; 0 reads in this process
    """

    def __init__(
        self,
        images: Dataset[Batch],
        batches: Tensor | Iterable[Tensor],
        collate: Callable[[list[Tensor]], Batch],
        workers: int,
    ) -> None:
        self._loader: DataLoader[Batch] = DataLoader(
            images,
            batch_sampler=[batch.tolist() for batch in batches],
            num_workers=workers,
            multiprocessing_context=start_method() if workers else None,
            worker_init_fn=_begin if workers else None,
            collate_fn=collate,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # else every pass would draw from the global one
        )

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Batch]:
        """Yields the batches.

        Raises:
            ValueError: a process has ended, for example because it was killed
        """
        with _stops_later(), _own_handler_of_ended_processes():
            batches = iter(self._loader)
        while True:
            try:
                batch = next(batches)
            except StopIteration:
                return
            except RuntimeError as error:
                if "DataLoader worker" not in str(error):
                    raise
                raise ValueError(
                    "A process that reads images has ended, perhaps because the memory was full: set a smaller"
                    " data.workers, or data.workers=0."
                ) from None
            yield batch


def start_method() -> str | None:
    """Returns how the reading processes are started, independent of how this process was started.

    Forked processes share the images of this process, and end with it. Processes of a server would start slowly, and
    would continue after this process was killed.
    """
    return "fork" if sys.platform.startswith("linux") else None


@contextmanager
def _stops_later() -> Iterator[None]:
    """Delays Ctrl-C and SIGTERM while processes start, because neither they nor Python's hooks can handle them yet."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _own_handler_of_ended_processes() -> Iterator[None]:
    """Removes torch's handler, because it raises the error of an ended process at any line, not at the read."""
    with handler_kept(signal.SIGCHLD) if hasattr(signal, "SIGCHLD") else nullcontext():
        yield


def _begin(worker: int) -> None:
    leave_stops_to_parent()
