"""Images of a data set with the meaning of their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mobilenas.data.images import Images
from mobilenas.data.marks import Marks, count_seen, marks_of
from mobilenas.data.normalization import Normalization


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Some images, whose labels are outputs of a network.

    Args:
        images: has these images
        positions: their positions in it, ``(N,)``
        classes: name of each output
        normalization: of the images
    """

    images: Images
    positions: Tensor
    classes: tuple[str, ...]
    normalization: Normalization

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def labels(self) -> Tensor:
        """The right outputs, ``(N,)``."""
        return self.images.labels[self.positions]

    def spread(self, count: int, seed: int) -> tuple[LabelledImages, LabelledImages]:
        """Returns some of the images, of all classes alike, and all others.

        Args:
            count: number of images; all of them if there are no more
            seed: draws them
        """
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        turns, labels = dict[int, int](), self.labels[order].tolist()
        turn = torch.tensor([turns.update({label: turns.get(label, -1) + 1}) or turns[label] for label in labels])
        order = order[torch.argsort(turn, stable=True)]
        chosen, others = (self.positions[part.sort().values] for part in (order[:count], order[count:]))
        return replace(self, positions=chosen), replace(self, positions=others)


def seen_images(labelled: LabelledImages, trained_on: Marks) -> int:
    """Returns how many of some images are among those with these marks, which have trained a network."""
    return count_seen(lambda: marks_of(labelled.images.contents(labelled.positions.tolist())), trained_on)
