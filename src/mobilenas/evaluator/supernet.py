"""Scores architectures with the weights of a trained supernet (MoGA Sec. 4.2)."""

from collections.abc import Iterator, Sequence
from functools import partial
from time import monotonic

import torch
from torch import Tensor

from mobilenas.data import TaskData
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.evaluator.prefix_tree import PrefixTree
from mobilenas.supernet import Supernet
from mobilenas.training.accuracy import accuracy_of, check_outputs, ranks
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.parts import BatchParts

GROUP_SECONDS, LEAST_GROUP = 30, 8
"""A search gets scores about every 30 seconds, and those of at least 8 architectures together."""


class SupernetAccuracy:
    """Computes the top-1 of a path on the search split, after its batch norms are recalibrated on training images.

    The running statistics of a shared network mix those of all its paths, so they fit no single path. Therefore the
    statistics of a path are computed again before its architecture is scored.

    Args:
        supernet: the supernet with trained weights
        data: the images; ``train`` calibrates and ``search`` scores
        calibration_images: number of training images that the batch norms see
        batch_size: images in one forward pass
        device: the device of the forward passes
    """

    def __init__(
        self, supernet: Supernet, data: TaskData, calibration_images: int, batch_size: int, device: torch.device
    ) -> None:
        self._supernet = supernet.to(device).to(memory_format=torch.channels_last).eval()
        self._data, self._device = data, device
        self._calibration_images, self._batch_size, self._parts = calibration_images, batch_size, BatchParts()

    def __call__(self, architecture: Architecture) -> float:
        return self.of([architecture])[architecture]

    def of(self, architectures: Sequence[Architecture]) -> dict[Architecture, float]:
        """Returns the accuracies of several architectures, for which every image is decoded only once.

        Raises:
            DivergedError: an output or a statistic is not finite
        """
        return self._parts(partial(self._of, architectures))

    def _of(self, architectures: Sequence[Architecture], parts: int) -> dict[Architecture, float]:
        tree = PrefixTree(self._supernet, architectures)
        batches = self._data.calibration_batches(self._calibration_images, self._batch_size)
        tree.recalibrate(batches, self._device, parts)
        found: dict[Architecture, list[Tensor]] = {architecture: [] for architecture in architectures}
        for images, labels in self._data.eval_loader("search", self._batch_size):
            whole = images.to(self._device, memory_format=torch.channels_last)
            for part, own_labels in zip(whole.chunk(parts), labels.chunk(parts), strict=True):
                for architecture, logits in tree.outputs(part):
                    check_outputs([logits])
                    found[architecture].append(ranks(logits.cpu(), own_labels))
        classes = len(self._data.classes)
        return {architecture: accuracy_of(torch.cat(own), classes).top1 for architecture, own in found.items()}


class SupernetEvaluator(Evaluator):
    """Scores by the accuracy with a supernet's weights.

    Args:
        accuracy: computes the accuracy of an architecture
        context: a short hash of everything that it was made from
    """

    shares = True

    def __init__(self, accuracy: SupernetAccuracy, context: str) -> None:
        self._accuracy, self._context = accuracy, context
        self._seconds = float(GROUP_SECONDS)

    @property
    def context(self) -> str:
        return self._context

    def score(self, architecture: Architecture) -> Score:
        return next(self.scores([architecture]))

    def scores(self, architectures: Sequence[Architecture]) -> Iterator[Score]:
        """Yields the scores in groups that share the layers which they have in common.

        The store gets the scores of a group when it is complete. The size of a group changes no score.
        """
        keep_freed_memory()  # a search may have a process of its own, in which nothing is trained
        waiting = sorted(architectures)
        while waiting:
            size = max(LEAST_GROUP, int(GROUP_SECONDS / self._seconds))
            group, waiting = waiting[:size], waiting[size:]
            begin = monotonic()
            found = self._accuracy.of(group)
            self._seconds = (monotonic() - begin) / len(group)
            yield from (Score(architecture, accuracy) for architecture, accuracy in found.items())
