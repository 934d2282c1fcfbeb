"""Says where the numbers of a training are no longer finite."""

from __future__ import annotations

import re

import pytorch_lightning as pl
import torch
from torch import Tensor


class DivergedError(FloatingPointError):
    """The loss, a gradient, a weight or an output of a network is not finite.

    Args:
        said: the sentence
        steps: the number of steps that the training has taken since it began or was continued
    """

    def __init__(self, said: str, steps: int = 0) -> None:
        super().__init__(said)
        self.steps = steps


@torch.no_grad()
def first_at_fault(module: pl.LightningModule, batch: tuple[Tensor, Tensor]) -> str:
    """Returns the first layer whose output for these images, or whose gradient, is not finite, in words."""
    found: list[str] = []

    def note(name: str, output: object) -> None:
        if isinstance(output, Tensor) and not bool(output.isfinite().all()):
            found.append(name)

    leaves = {name: part for name, part in module.named_modules() if not any(part.children())}
    hooks = [
        part.register_forward_hook(lambda _, inputs, output, name=name: note(name, output))
        for name, part in leaves.items()
    ]
    try:
        module(batch[0])
    finally:
        for hook in hooks:
            hook.remove()
    wrong = [name for name, weight in module.named_parameters() if weight.grad is not None and is_wrong(weight.grad)]
    return layer_of((found or wrong[-1:] or ["the loss"])[0])


def layer_of(name: str) -> str:
    """Returns the name of a module or a weight in words: ``layer 5 (network.5.0.weight)``."""
    place = re.search(r"\.(\d+)", name)
    return f"layer {place[1]} ({name})" if place else name


def is_wrong(values: Tensor) -> bool:
    """Returns whether a number is not finite."""
    return not bool(values.isfinite().all())
