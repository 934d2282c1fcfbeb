"""Some of a data set's classes alone: FBNet searches on 100 of ImageNet's (Appendix A)."""

from collections.abc import Sequence

import torch
from torch import Tensor


def draw_classes(names: Sequence[str], count: int | None, seed: int) -> tuple[str, ...]:
    """``count`` of the classes at random, in their order; all of them where ``count`` is None.

    Raises:
        ValueError: there are fewer
    """
    if count is None:
        return tuple(names)
    if count > len(names):
        raise ValueError(
            f"{count} of the {len(names)} classes cannot be drawn; set data.classes from 2 to {len(names)}."
        )
    drawn = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))[:count]
    return tuple(names[index] for index in drawn.sort().values.tolist())


def keep_classes(labels: Tensor, names: Sequence[str], kept: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Positions of the images of some classes, and their labels among these classes.

    Args:
        labels: of all images, ``(N,)``
        names: of all classes, in the order of the labels
        kept: names of some of them
    """
    new = torch.tensor([kept.index(name) if name in kept else -1 for name in names])[labels]
    positions = torch.nonzero(new >= 0).flatten()
    return positions, new[positions]
