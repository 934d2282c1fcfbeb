"""A trained network that teaches another one (Hinton et al., Distilling the Knowledge in a Neural Network, 2015)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax

from mobilenas.data.marks import NO_MARKS, Marks

if TYPE_CHECKING:
    from mobilenas.data.normalization import Normalization


@dataclass(frozen=True, eq=False)
class Teacher:
    """A network that only answers: it does not learn, and it is no part of what it teaches.

    Args:
        network: the network, from images ``(N, 3, H, W)`` to logits ``(N, classes)``
        classes: its number of classes
        normalization: the normalization that it was trained with
        fingerprint: a short hash of its description and its weights
        arriving: the normalization of the images that it is asked about; its own by default
        trained_on: the marks of the images that have trained it, if a run here did
    """

    network: nn.Module
    classes: int
    normalization: Normalization
    fingerprint: str
    arriving: Normalization | None = None
    trained_on: Marks = field(default_factory=NO_MARKS.copy)

    def __post_init__(self) -> None:
        self.network.eval().requires_grad_(False)

    def __deepcopy__(self, memo: object) -> Self:
        """Returns the same teacher: a moving average copies the module that trains, and nobody else needs another."""
        return self

    def of(self, arriving: Normalization) -> Teacher:
        """Returns the same teacher for images that are normalized in another way."""
        return replace(self, arriving=arriving)

    def check(self, classes: int) -> None:
        """Raises ValueError unless the images have as many classes as the teacher."""
        if self.classes != classes:
            raise ValueError(
                f"recipe.teacher has {self.classes} classes, and the images have {classes}: name a teacher that was"
                " trained on these classes."
            )

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Returns the teacher's logits ``(N, classes)`` of images ``(N, 3, H, W)``, in its own precision."""
        weight = next(self.network.parameters())
        logits: Tensor = self.network(self._renormalized(images.to(weight.dtype)))
        return logits

    def _renormalized(self, images: Tensor) -> Tensor:
        own, arriving = self.normalization, self.arriving
        if arriving is None or arriving == own:
            return images
        mean, std, own_mean, own_std = (
            images.new_tensor(one).view(-1, 1, 1) for one in (arriving.mean, arriving.std, own.mean, own.std)
        )
        return (images * std + (mean - own_mean)) / own_std


def teaching_loss(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    r"""Returns how far the softened outputs of a network are from those of its teacher.

    .. math:: T^2 \, \mathrm{KL}(\mathrm{softmax}(z_t / T) \,\|\, \mathrm{softmax}(z / T))

    The factor :math:`T^2` keeps the size of the gradient at every temperature (Sec. 2).

    Args:
        logits: :math:`z`, ``(N, classes)``
        teacher: :math:`z_t`, ``(N, classes)``
        temperature: :math:`T`
    """
    targets = log_softmax(teacher.to(logits.dtype) / temperature, 1)
    return temperature**2 * kl_div(
        log_softmax(logits / temperature, 1), targets, reduction="batchmean", log_target=True
    )
