"""Hands out two splits of a data set in turns, within each epoch."""

from collections.abc import Iterator
from typing import Any, Self

from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import Batch


class Turns:
    """Hands out, in each epoch, the batches of one loader after the other; a stopped run continues where it stopped.

    Args:
        loaders: the loaders, in order
    """

    def __init__(self, *loaders: EpochLoader) -> None:
        self._loaders = loaders
        self._epoch = self._turn = 0
        self._resumed = False

    @property
    def lengths(self) -> tuple[int, ...]:
        """The number of batches of each loader in an epoch."""
        return tuple(map(len, self._loaders))

    def in_parts(self, parts: int) -> Self:
        """Returns this loader, each of whose loaders hands out the share of a batch in this number of equal parts."""
        for loader in self._loaders:
            loader.in_parts(parts)
        return self

    def __len__(self) -> int:
        return sum(self.lengths)

    def __iter__(self) -> Iterator[Batch]:
        first = self._turn if self._resumed else 0
        self._resumed = False
        for turn, loader in list(enumerate(self._loaders))[first:]:
            self._turn = turn
            yield from loader
        self._turn = 0

    @property
    def sampler(self) -> Self:
        """This loader itself, because Lightning calls ``loader.sampler.set_epoch``."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Begins an epoch; if it is the current epoch, it continues where it is."""
        if epoch != self._epoch:
            self._epoch, self._turn, self._resumed = epoch, 0, False
        for loader in self._loaders:
            loader.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Returns the epoch, the loader whose turn it is, and the state of each loader."""
        return {"epoch": self._epoch, "turn": self._turn, "loaders": [loader.state_dict() for loader in self._loaders]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._epoch, self._turn, self._resumed = state["epoch"], state["turn"], True
        for loader, own in zip(self._loaders, state["loaders"], strict=True):
            loader.load_state_dict(own)
