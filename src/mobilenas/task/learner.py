"""What a network's outputs are compared with, and how they are scored: its head decides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mobilenas.network.heads import RASPP, SSDLite
from mobilenas.network.spec import NetworkSpec

TaskBatches = Iterable[tuple[Tensor, Tensor]]
"""Images ``(N, 3, H, W)`` and what is to be learned of them."""


@dataclass(frozen=True)
class TaskScore:
    """How well a network has learned its task.

    Args:
        value: the score that networks are compared by, in [0, 1]
        others: other scores by name, in [0, 1]; None where there is nothing to score
        by_class: the score of each class, if each has one of its own; None where there is nothing to score
    """

    value: float
    others: Mapping[str, float | None] = field(default_factory=dict)
    by_class: tuple[float | None, ...] = ()


class Learner(nn.Module, ABC):
    """Compares a network's outputs with what is to be learned; it has no weights."""

    score_name: ClassVar[str]
    """The name of the score: ``top-1``."""

    @abstractmethod
    def loss(self, outputs: Any, targets: Tensor) -> Tensor:
        """Returns the loss of a batch, a scalar."""

    @abstractmethod
    def logged(self, outputs: Any, targets: Tensor) -> dict[str, Tensor]:
        """Returns what a training step logs besides the loss, by name."""

    @abstractmethod
    def score(self, network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device) -> TaskScore:
        """Returns the score of a network in eval mode.

        Raises:
            DivergedError: an output is not finite
        """


class DrawnLearner(Learner):
    """A learner whose predictions on single images can be scored, compared and drawn."""

    @abstractmethod
    def image_score(self, outputs: Sequence[Tensor], target: Tensor) -> float:
        """Returns how good the prediction of one image is, in [0, 1].

        Args:
            outputs: the network's outputs for the image, each ``(1, ...)``
            target: what is to be learned of it
        """

    @abstractmethod
    def answer(self, outputs: Sequence[Tensor]) -> Any:
        """Returns what the network says of one image, in the form in which two networks can be compared.

        Args:
            outputs: the network's outputs for the image, each ``(1, ...)``
        """

    @abstractmethod
    def agreement(self, answer: Any, other: Any) -> float:
        """Returns how much two answers to one image agree, in [0, 1]."""

    @abstractmethod
    def picture(self, image: Tensor, outputs: Sequence[Tensor], target: Tensor) -> Tensor:
        """Returns what is right on the left, and what the network predicts on the right, as bytes ``(3, H, W)``.

        Args:
            image: bytes ``(3, H, W)``
            outputs: the network's outputs for the image, each ``(1, ...)``
            target: what is to be learned of it
        """


def score_of(
    spec: NetworkSpec, network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device
) -> TaskScore:
    """Returns the score of a network in eval mode, by the learner of its description; raises as ``Learner.score``."""
    return learner_of(spec).score(network, batches, device)


def drawn_learner_of(network: NetworkSpec) -> DrawnLearner:
    """Returns the learner of a detector or a segmenter; raises ValueError if the network is neither."""
    learner = learner_of(network)
    if not isinstance(learner, DrawnLearner):
        raise ValueError(f"{network.name} has no head, so that its predictions cannot be drawn.")
    return learner


def learner_of(network: NetworkSpec, label_smoothing: float = 0.0) -> Learner:
    """Returns the learner of a network: of classes, of boxes, or of the class of each pixel.

    Args:
        network: the network's description
        label_smoothing: label smoothing of the cross entropy; a detector has none

    Raises:
        ValueError: nothing is known of its head
    """
    from mobilenas.task.learners import BoxLearner, ClassLearner, PixelLearner

    if network.head is None:
        return ClassLearner(network.classes, label_smoothing)
    if isinstance(network.head, SSDLite):
        return BoxLearner(network)
    if isinstance(network.head, RASPP):
        return PixelLearner(network.classes, label_smoothing)
    raise ValueError(f"{network.name}: there is no training for the head {network.head.name}.")
