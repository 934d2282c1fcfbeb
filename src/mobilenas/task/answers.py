"""What a network for any task answers to images, so that two networks can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mobilenas.network.spec import NetworkSpec
from mobilenas.task.learner import DrawnLearner, TaskBatches, TaskScore, drawn_learner_of


@dataclass(frozen=True, eq=False)
class TaskAnswers:
    """The answers of a network to some images.

    Args:
        learner: compares answers
        score: the score of all of them
        answers: the answer to each image
    """

    learner: DrawnLearner
    score: TaskScore
    answers: tuple[Any, ...]

    def agreement(self, other: TaskAnswers) -> float:
        """Returns how much the answers of two networks to the same images agree on average, in [0, 1]."""
        pairs = zip(self.answers, other.answers, strict=True)
        return sum(self.learner.agreement(own, another) for own, another in pairs) / len(self.answers)


def task_answers(spec: NetworkSpec, network: Callable[[Tensor], Any], batches: TaskBatches) -> TaskAnswers:
    """Returns the answers of a network on the CPU.

    Args:
        spec: its description
        network: computes its outputs
        batches: the images
    """
    learner, answers = drawn_learner_of(spec), list[Any]()

    def noted(images: Tensor) -> Any:
        found = network(images)
        every = [found] if isinstance(found, Tensor) else list(found)
        answers.extend(learner.answer([one[place : place + 1] for one in every]) for place in range(len(images)))
        return found

    score = learner.score(noted, batches, torch.device("cpu"))
    return TaskAnswers(learner, score, tuple(answers))
