"""Images of files that are scored again and again: they are decoded once, and then kept in memory."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from mobilenas.data.dataset import Centered
from mobilenas.data.normalization import Batch, Normalization
from mobilenas.data.reading import Reading

MOST_BYTES = 2**28
"""The most bytes of one set of images that are kept: 5,461 images of 128 x 128 pixels."""


class KeptImages:
    """Some images of files. The first whole pass decodes them and keeps them.

    Args:
        centered: the images, which are decoded when they are read
    """

    def __init__(self, centered: Centered) -> None:
        self.centered = centered
        self.pixels: Tensor | None = None

    @staticmethod
    def fits(count: int, resolution: int) -> bool:
        """Returns whether a number of images is kept."""
        return count * 3 * resolution**2 <= MOST_BYTES


class KeptBatches:
    """The batches of kept images, in a fixed order.

    Args:
        kept: the images
        batches: the positions of each batch
        normalization: the normalization of the batches
        workers: number of processes that read the first pass
    """

    def __init__(self, kept: KeptImages, batches: Sequence[Tensor], normalization: Normalization, workers: int) -> None:
        self._kept, self._batches, self._normalization, self._workers = kept, batches, normalization, workers

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        """Yields the batches.

        Raises:
            ValueError: an image cannot be read, or a process that reads has ended
        """
        labels = self._kept.centered.images.labels[self._kept.centered.positions]
        if (pixels := self._kept.pixels) is not None:
            yield from (self._normalization([pixels[batch], labels[batch]]) for batch in self._batches)
            return
        parts = []
        for images, own in Reading(self._kept.centered, self._batches, _as_read, self._workers):
            parts.append(images)
            yield self._normalization([images, own])
        self._kept.pixels = torch.cat(parts)


def _as_read(batch: list[Tensor]) -> Batch:
    images, labels = batch
    return images, labels
