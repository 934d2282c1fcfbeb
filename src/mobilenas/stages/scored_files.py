"""The images that give the ranges of numbers of 8 bits, and what a network's file answers to the split ``test``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mobilenas.data import ImageData, TaskData

if TYPE_CHECKING:
    from mobilenas.data.labelled import LabelledImages
    from mobilenas.network import NetworkSpec
    from mobilenas.quantization.runtime import ImageBatch
    from mobilenas.task.answers import TaskAnswers
    from mobilenas.training.scores import Runner, Scores

BATCH = 16  # images of boxes or masks that are read at once


class ScoredFiles(ABC):
    """Shows a data set to the files of a network."""

    @abstractmethod
    def ranges(self, count: int, seed: int) -> list[ImageBatch]:
        """Returns normalized training images, each ``(1, 3, H, W)``.

        Args:
            count: number of images
            seed: draws them
        """

    @abstractmethod
    def answers(self, run: Runner) -> Any:
        """Returns what a file answers to the images of the split ``test``."""

    @abstractmethod
    def accuracy(self, answers: Any) -> float:
        """Returns the accuracy of answers, in [0, 1]."""


class ScoredLabels(ScoredFiles):
    """Images with a class.

    Args:
        data: the data set
    """

    def __init__(self, data: ImageData) -> None:
        self._data = data

    def ranges(self, count: int, seed: int) -> list[ImageBatch]:
        from mobilenas.quantization.comparison import normalized

        drawn, _ = self._images("train").spread(count, seed)
        return list(normalized(drawn))

    def answers(self, run: Runner) -> Scores:
        from mobilenas.quantization.comparison import answers_to

        return answers_to(self._images("test"), run)

    def accuracy(self, answers: Scores) -> float:
        return answers.accuracy.top1

    def _images(self, split: str) -> LabelledImages:
        from mobilenas.data.labelled import LabelledImages

        data = self._data
        return LabelledImages(data.images, data.splits[split], data.classes, data.normalization)


class ScoredTask(ScoredFiles):
    """Images with boxes or masks.

    Args:
        data: the data set
        spec: the network
    """

    def __init__(self, data: TaskData, spec: NetworkSpec) -> None:
        self._data, self._spec = data, spec

    def ranges(self, count: int, seed: int) -> list[ImageBatch]:
        batches: Sequence[Any] = list(self._data.calibration_batches(count, 2))
        return [one[None].numpy() for images, _ in batches for one in images]

    def answers(self, run: Runner) -> TaskAnswers:
        from mobilenas.task.answers import task_answers

        return task_answers(self._spec, run, self._data.eval_loader("test", BATCH))

    def accuracy(self, answers: TaskAnswers) -> float:
        return answers.score.value


def scored_files(data: TaskData, spec: NetworkSpec) -> ScoredFiles:
    """Returns what shows a data set to the files of a network."""
    return ScoredLabels(data) if isinstance(data, ImageData) else ScoredTask(data, spec)
