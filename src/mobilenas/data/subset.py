"""Takes some classes of a data set: FBNet searches on 100 classes of ImageNet (Appendix A)."""

from collections.abc import Sequence

import torch
from torch import Tensor


def draw_classes(names: Sequence[str], count: int | None, seed: int) -> tuple[str, ...]:
    """Draws ``count`` of the classes at random, and keeps their order; None takes all of them.

    Raises:
        ValueError: there are fewer classes
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
    """Returns the positions of the images of some classes, and their labels among these classes.

    Args:
        labels: the labels of all images, ``(N,)``
        names: the names of all classes, in the order of the labels
        kept: the names of some of them
    """
    new = torch.tensor([kept.index(name) if name in kept else -1 for name in names])[labels]
    positions = torch.nonzero(new >= 0).flatten()
    return positions, new[positions]
