"""Random splits in which every class keeps its share."""

from collections.abc import Sequence

import torch
from torch import Tensor


def hold_out(labels: Tensor, count: int, classes: Sequence[str], seed: int) -> tuple[Tensor, Tensor]:
    """Returns the positions that stay and ``count`` positions that are held out, both in rising order.

    Each class gives images in proportion to its size, and at least one. Therefore a few very small classes can make the
    count larger.

    Args:
        labels: the labels of all images, ``(N,)``
        count: number of images to hold out
        classes: names of the classes, for error messages
        seed: seed of the draw

    Raises:
        ValueError: a class would have no image among those that stay, or among those that are held out
    """
    if not 0 < count < len(labels):
        raise ValueError(
            f"{count} of {len(labels)} images cannot be held out; choose a number from 1 to {len(labels) - 1}."
        )
    sizes = torch.bincount(labels, minlength=len(classes))
    quotas = _quotas(sizes, count).clamp(min=1)
    for name, size, quota in zip(classes, sizes.tolist(), quotas.tolist(), strict=True):
        if size <= quota:
            raise ValueError(
                f"Class {name!r} has too few images ({size}) to hold out {quota}; add images or hold out fewer."
            )
    generator = torch.Generator().manual_seed(seed)
    members = torch.argsort(labels, stable=True).tensor_split(sizes.cumsum(0)[:-1])
    held = torch.zeros(len(labels), dtype=torch.bool)
    for positions, quota in zip(members, quotas.tolist(), strict=True):
        held[positions[torch.randperm(len(positions), generator=generator)[:quota]]] = True
    return torch.nonzero(~held).flatten(), torch.nonzero(held).flatten()


def _quotas(sizes: Tensor, count: int) -> Tensor:
    """Returns whole numbers in proportion to ``sizes`` with the sum ``count``; the largest remainders round up."""
    quotas, remainders = sizes * count // sizes.sum(), sizes * count % sizes.sum()
    quotas[torch.argsort(remainders, descending=True, stable=True)[: count - int(quotas.sum())]] += 1
    return quotas


def as_count(images: float, total: int) -> int:
    """Returns a number of images; if ``images`` is not a whole number, it is a share of ``total``."""
    return images if isinstance(images, int) else round(images * total)


def split_off(
    splits: dict[str, Tensor], name: str, count: int, labels: Tensor, classes: Sequence[str], seed: int
) -> dict[str, Tensor]:
    """Returns the splits with a new split ``name``, whose ``count`` images are taken out of ``train``."""
    train = splits["train"]
    try:
        kept, held = hold_out(labels[train], count, classes, seed)
    except ValueError as error:
        raise ValueError(f"The split {name} is taken from the training images: {error}") from None
    return splits | {"train": train[kept], name: train[held]}
