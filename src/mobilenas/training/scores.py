"""Scores what a network answers to labelled images."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from torch import Tensor

from mobilenas.cores import available_cores
from mobilenas.data.dataset import Centered
from mobilenas.data.labelled import LabelledImages
from mobilenas.data.reading import Reading
from mobilenas.progress import Progress
from mobilenas.training.accuracy import Accuracy, accuracy_of, outputs, ranks

Runner = Callable[[Tensor], Any]
"""Computes outputs on the CPU from images ``(N, 3, H, W)`` on the network's device: ``(N, classes)``, or a head's."""

MOST_WORKERS = 4
"""The most processes that read images."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network answers to labelled images.

    Args:
        classes: name of each output
        labels: the right output of each image, ``(N,)``
        predicted: the highest output, ``(N,)``
        rank: number of outputs before the right one, ``(N,)``
        seconds: time of the whole pass, reading included
        network_seconds: time of the network alone, as if the first batch, which prepares it, took as long as the others
    """

    classes: tuple[str, ...]
    labels: Tensor
    predicted: Tensor
    rank: Tensor
    seconds: float
    network_seconds: float

    def agreement(self, other: Scores) -> float:
        """Returns the share of images to which both give the same class."""
        return float((self.predicted == other.predicted).double().mean())

    @property
    def accuracy(self) -> Accuracy:
        return accuracy_of(self.rank, len(self.classes))

    def of_class(self, output: int) -> tuple[int, Accuracy]:
        """Returns the number of images of a class, and the accuracy on them."""
        own = self.rank[self.labels == output]
        return len(own), accuracy_of(own, len(self.classes))

    @property
    def present(self) -> list[int]:
        """The outputs whose classes have images."""
        found: list[int] = torch.bincount(self.labels).nonzero().flatten().tolist()
        return found

    @property
    def confusion(self) -> Tensor:
        """The number of images by right output and highest output, ``(classes, classes)``."""
        count = len(self.classes)
        return torch.bincount(self.labels * count + self.predicted, minlength=count**2).view(count, count)


def score(runner: tuple[Runner, torch.device], images: LabelledImages, batch_size: int) -> Scores:
    """Returns the scores of all images.

    Args:
        runner: runs the network, and the device that it takes images on
        images: the images
        batch_size: number of images in a forward pass

    Raises:
        ValueError: an image cannot be read
        DivergedError: an output is not finite
    """
    (run, device), positions = runner, images.positions
    batches = torch.split(torch.arange(len(positions)), batch_size)
    workers = min(MOST_WORKERS, available_cores(), len(batches) - 1)
    reading = Reading(Centered(images.images, positions), batches, images.normalization, workers)
    took: list[float] = []

    def timed(one: Tensor) -> Tensor:
        begin = time.perf_counter()
        logits: Tensor = run(one)
        took.append(time.perf_counter() - begin)
        return logits

    parts: list[tuple[Tensor, Tensor]] = []
    begin, right = time.perf_counter(), 0
    with Progress("evaluating", len(positions), "image", console=Console(stderr=True)) as bar:
        for logits, labels in outputs(timed, reading, device):
            parts.append((logits.argmax(1), ranks(logits, labels)))
            right += int((parts[-1][1] == 0).sum())
            done = sum(len(rank) for _, rank in parts)
            bar.reach(done, f"top1 {right / done:.3f}")
    predicted, rank = (torch.cat(column) for column in zip(*parts, strict=True))
    seconds = time.perf_counter() - begin
    return Scores(images.classes, images.labels, predicted, rank, seconds, _without_first(took, batches))


def _without_first(took: Sequence[float], batches: Sequence[Tensor]) -> float:
    """Returns the seconds of all batches at the rate of the whole ones after the first, if there are such.

    The first one prepares the network, and a graph takes as long for a last one that is not whole.
    """
    whole = [seconds for seconds, batch in zip(took, batches, strict=True) if len(batch) == len(batches[0])]
    later = whole[1:] or whole
    return sum(later) / len(later) * sum(map(len, batches)) / len(batches[0])
