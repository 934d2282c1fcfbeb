"""Works on many files in several processes, with a progress bar."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from mobilenas.cores import available_cores
from mobilenas.progress import Progress
from mobilenas.stopped import end_with_parent, leave_stops_to_parent

S = TypeVar("S")
T = TypeVar("T")

CHUNK = 128
"""The number of files of a task."""

MANY = 2000
"""The number of files from which on processes and a progress bar are worth it."""


def by_chunks(work: Callable[[Sequence[S]], T], files: Sequence[S], name: str) -> Iterator[T]:
    """Yields the result of the work for each chunk of the files, in order; several processes may work.

    Args:
        work: is done for up to ``CHUNK`` files; a function of a module, because other processes must know it
        files: the files, or what is known of each
        name: what the progress bar says

    Raises:
        ValueError: a process has ended, for example because it was killed
    """
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    if len(files) < MANY:
        yield from map(work, chunks)
        return
    with (
        ProcessPoolExecutor(available_cores(), multiprocessing.get_context(), _begin) as pool,
        Progress(name, len(files), "image") as progress,
    ):
        done = 0
        try:
            for chunk, result in zip(chunks, pool.map(work, chunks), strict=True):
                yield result
                progress.reach(done := done + len(chunk))
        except BrokenProcessPool:
            raise ValueError(
                "A process that reads images has ended, perhaps because the memory was full: start the command again"
                " when there is more."
            ) from None


def _begin() -> None:
    leave_stops_to_parent()
    end_with_parent()
