"""Changes bytes to floats: every channel gets mean 0 and standard deviation 1 over the training images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mobilenas.data.images import Images, levels_of
from mobilenas.network.published_weights import NORMALIZATIONS, six_numbers

MOST_MEASURED = 2_000
"""The most images in files that a normalization is measured on: their mean is exact to .003."""

Batch = tuple[Tensor, Tensor]
"""Images ``(N, 3, H, W)`` and their labels ``(N,)``."""


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of each channel, with white as 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, six: Sequence[float]) -> "Normalization":
        """Returns the normalization of six numbers: the means of the channels and their standard deviations.

        Raises:
            ValueError: they are not six numbers, or a standard deviation is not above 0
        """
        numbers = six_numbers("A normalization", list(six))
        return cls(numbers[:3], numbers[3:])

    @property
    def six(self) -> tuple[float, ...]:
        """Mean and standard deviation in a row."""
        return (*self.mean, *self.std)

    def __call__(self, batch: list[Tensor]) -> Batch:
        """Makes a batch of floats and labels from images in bytes and labels."""
        images, labels = batch
        mean, std = (255 * torch.tensor(values).view(-1, 1, 1) for values in (self.mean, self.std))
        return images.float().sub_(mean).div_(std), labels

    def in_bytes(self, image: Tensor) -> Tensor:
        """Returns the bytes ``(3, H, W)`` of a normalized image."""
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (self.mean, self.std))
        return (255 * (image * std + mean)).round().clamp(0, 255).to(torch.uint8)


IMAGENET = Normalization.of(NORMALIZATIONS["imagenet"])


def normalization_of(images: Images, positions: Tensor) -> Normalization:
    """Returns the normalization of some images; of more than 2,000 in files, 2,000 are drawn, always the same ones."""
    if not images.in_memory:
        order = torch.randperm(len(positions), generator=torch.Generator().manual_seed(0))
        positions = positions[order[:MOST_MEASURED]]
    return _of_levels(images.levels(positions.tolist()))


def measure_normalization(batches: Iterable[Tensor]) -> Normalization:
    """Returns the normalization of images in bytes, ``(N, C, H, W)``; it is exact, so their order does not matter."""
    counts = sum(levels_of(images) for images in batches)
    assert isinstance(counts, Tensor)
    return _of_levels(counts)


def _of_levels(counts: Tensor) -> Normalization:
    """Returns the normalization of images whose channels have each value that often, ``(C, 256)``."""
    statistics = [_mean_and_std(channel) for channel in counts]
    return Normalization(tuple(mean for mean, _ in statistics), tuple(std for _, std in statistics))


def _mean_and_std(levels_found: Tensor) -> tuple[float, float]:
    counts = levels_found.double()
    levels = torch.arange(256) / 255.0
    mean = float(counts @ levels.double() / counts.sum())
    variance = float(counts @ (levels.double() - mean).square() / counts.sum())
    return mean, max(variance**0.5, 1 / 255)  # a channel of one colour is not divided by 0
