"""Changes bytes to floats: every channel gets mean 0 and standard deviation 1 over the training images."""

from dataclasses import dataclass

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]
"""Images ``(N, 3, H, W)`` and their labels ``(N,)``."""


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of each channel, with white as 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, batch: list[Tensor]) -> Batch:
        """Makes a batch of floats and labels from images in bytes and labels."""
        images, labels = batch
        mean, std = (255 * torch.tensor(values).view(-1, 1, 1) for values in (self.mean, self.std))
        return images.float().sub_(mean).div_(std), labels


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def measure_normalization(images: Tensor) -> Normalization:
    """Returns the normalization of images in bytes, ``(N, C, H, W)``; it is exact, so their order does not matter."""
    statistics = [_mean_and_std(images[:, channel]) for channel in range(images.shape[1])]
    return Normalization(tuple(mean for mean, _ in statistics), tuple(std for _, std in statistics))


def _mean_and_std(channel: Tensor) -> tuple[float, float]:
    counts = torch.bincount(channel.flatten(), minlength=256).double()
    levels = torch.arange(256) / 255.0
    mean = float(counts @ levels.double() / counts.sum())
    variance = float(counts @ (levels.double() - mean).square() / counts.sum())
    return mean, max(variance**0.5, 1 / 255)  # a channel of one colour is not divided by 0
