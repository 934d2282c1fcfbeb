"""Shuffled batches that a stopped run can continue where it stopped."""

from collections.abc import Callable, Iterator
from typing import Self

import torch
from torch import Tensor, distributed
from torch.utils.data import Dataset

from mobilenas.data.normalization import Batch, Normalization
from mobilenas.data.reading import Reading
from mobilenas.data.seeding import mix


class EpochLoader:
    """Shuffled and augmented batches of one size, which depend only on seed, epoch and pass.

    A run that was stopped within an epoch continues with the batches that it would have had, with any number of worker
    processes: Lightning tells the epoch, and keeps the state in its checkpoints. If a longer loader runs beside this
    loader, it makes a further pass within the epoch, in another order. Under DDP each process gets its share of each
    batch, so that the batches are the same for any number of processes.

    Args:
        augmented: makes randomly changed images from the seed of a pass
        positions: positions of the images to train on
        batch_size: number of images in a batch of all processes together; a pass leaves out images that do not fill one
        seed: seed of order and augmentation
        normalization: the normalization of the batches
        workers: number of processes that read; 0 reads in this process
    """

    def __init__(
        self,
        augmented: Callable[[int], Dataset[Batch]],
        positions: Tensor,
        batch_size: int,
        seed: int,
        normalization: Normalization,
        workers: int,
    ) -> None:
        self._augmented, self._positions = augmented, positions
        self._batch_size, self._seed = batch_size, seed
        self._normalization, self._workers = normalization, workers
        self._epoch = self._passes = self._batches = 0
        self._resumed = False
        self._parts = 1

    def in_parts(self, parts: int) -> Self:
        """Returns this loader, which from now on hands out the share of a batch in this number of equal parts."""
        self._parts = parts
        return self

    def __len__(self) -> int:
        images = len(self._positions)
        if images < self._batch_size:
            raise ValueError(f"The {images} images do not fill a batch of {self._batch_size}: choose a smaller batch.")
        return images // self._batch_size * self._parts

    def __iter__(self) -> Iterator[Batch]:
        if not self._resumed:
            self._batches = 0
        self._resumed = False
        for batch in self._rest_of_pass():
            self._batches += 1
            yield batch
        self._passes, self._batches = self._passes + 1, 0

    def endless(self, number: int) -> Iterator[Batch]:
        """Yields the batches of epoch after epoch, beginning with the batch of this number."""
        epoch, batches = divmod(number, len(self))
        self.load_state_dict({"epoch": epoch, "passes": 0, "batches": batches})
        while True:
            yield from self
            epoch += 1
            self.set_epoch(epoch)

    @property
    def sampler(self) -> Self:
        """This loader itself, because Lightning calls ``loader.sampler.set_epoch``."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Begins an epoch; if it is the current epoch, it continues where it is."""
        if epoch != self._epoch:
            self._epoch, self._passes, self._batches, self._resumed = epoch, 0, 0, False

    def state_dict(self) -> dict[str, int]:
        """Returns the epoch, the pass in it, and the number of batches of the pass that were taken."""
        return {"epoch": self._epoch, "passes": self._passes, "batches": self._batches}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self._epoch, self._passes, self._batches = state["epoch"], state["passes"], state["batches"]
        self._resumed = True

    def _rest_of_pass(self) -> Reading:
        seed = mix(self._seed, self._epoch, self._passes)
        generator = torch.Generator().manual_seed(seed)  # else the order would be drawn from the global one
        order = self._positions[torch.randperm(len(self._positions), generator=generator)]
        check_share(self._batch_size, _processes(), "the batch size")
        steps, images = len(self) // self._parts, self._batch_size // (_processes() * self._parts)
        whole = order[: steps * self._batch_size].view(steps, self._parts, _processes(), images)
        share = whole[:, :, _rank()].reshape(-1, images)
        return Reading(self._augmented(seed), share[self._batches :], self._normalization, self._workers)


def check_share(batch_size: int, processes: int, name: str) -> None:
    """Raises ValueError unless each process gets the same number of images of a batch; the error has the name."""
    if batch_size % processes:
        more = processes * -(-batch_size // processes)
        raise ValueError(
            f"The {batch_size} images of a batch cannot be divided among {processes} processes: set {name} to a"
            f" multiple of {processes}, for example {more}."
        )


def _rank() -> int:
    return distributed.get_rank() if distributed.is_available() and distributed.is_initialized() else 0


def _processes() -> int:
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1
