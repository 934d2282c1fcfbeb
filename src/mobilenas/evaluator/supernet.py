"""Scores architectures with the weights of a trained supernet (MoGA Sec. 4.2)."""

import torch

from mobilenas.data import TaskData
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator.base import Evaluator
from mobilenas.supernet import Supernet
from mobilenas.training.accuracy import recalibrate, top1
from mobilenas.training.allocator import keep_freed_memory


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
        self._calibration_images, self._batch_size = calibration_images, batch_size

    @torch.no_grad()
    def __call__(self, architecture: Architecture) -> float:
        path = self._supernet.path(architecture)
        recalibrate(path, self._data.calibration_batches(self._calibration_images, self._batch_size), self._device)
        return top1(path, self._data.eval_loader("search", self._batch_size), self._device)


class SupernetEvaluator(Evaluator):
    """Scores by the accuracy with a supernet's weights.

    Args:
        accuracy: computes the accuracy of an architecture
        context: a short hash of everything that it was made from
    """

    def __init__(self, accuracy: SupernetAccuracy, context: str) -> None:
        self._accuracy, self._context = accuracy, context

    @property
    def context(self) -> str:
        return self._context

    def score(self, architecture: Architecture) -> Score:
        keep_freed_memory()  # a search may have a process of its own, in which nothing is trained
        return Score(architecture, self._accuracy(architecture))
