"""The predictions of a network on single images: the worst ones, and some of the others, drawn beside what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mobilenas.network.spec import NetworkSpec
from mobilenas.task.learner import TaskBatches, drawn_learner_of
from mobilenas.training.accuracy import all_outputs

WORST, OTHERS = 6, 6


@dataclass(frozen=True, eq=False)
class Prediction:
    """A drawn prediction.

    Args:
        position: the number of its image in the batches
        score: how good it is, in [0, 1]
        picture: what is right on the left, and what the network predicts on the right; bytes ``(3, H, W)``
    """

    position: int
    score: float
    picture: Tensor


def predictions(
    spec: NetworkSpec,
    network: Callable[[Tensor], Any],
    batches: TaskBatches,
    in_bytes: Callable[[Tensor], Tensor],
    device: torch.device,
) -> list[Prediction]:
    """Returns the worst predictions, and as many of the others at equal distances, the worst one first.

    Args:
        spec: the network's description
        network: the network in eval mode, on the device
        batches: the images, the same ones in every pass
        in_bytes: returns the bytes of a normalized image
        device: the device

    Raises:
        DivergedError: an output of the network is not finite
    """
    learner = drawn_learner_of(spec).to(device)
    scores = [learner.image_score(one, target) for _, one, target in _singles(network, batches, device)]
    chosen = set(worst_and_others(scores))
    drawn = [
        Prediction(place, scores[place], learner.picture(in_bytes(image), one, target))
        for place, (image, one, target) in enumerate(_singles(network, batches, device))
        if place in chosen
    ]
    return sorted(drawn, key=lambda one: one.score)


def worst_and_others(scores: Sequence[float]) -> list[int]:
    """Returns the positions of the lowest scores, and of others at equal distances among the rest, to the highest."""
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    worst, rest = order[:WORST], order[WORST:]
    if len(rest) <= OTHERS:
        return [*worst, *rest]
    return [*worst, *(rest[round((turn + 1) * len(rest) / OTHERS) - 1] for turn in range(OTHERS))]


def _singles(
    network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device
) -> Iterator[tuple[Tensor, list[Tensor], Tensor]]:
    """Yields each image with the network's outputs for it, each ``(1, ...)``, and what is right."""

    def kept() -> Iterator[tuple[Tensor, Tensor]]:
        for images, targets in batches:
            shown.append(images)
            yield images, targets

    shown = list[Tensor]()
    for outputs, targets in all_outputs(network, kept(), device):
        images = shown.pop(0)
        for place, target in enumerate(targets):
            yield images[place], [one[place : place + 1] for one in outputs], target
