"""The objects of an image as boxes, and one tensor of the objects of a batch, which travels between processes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mobilenas.task.targets import COLUMNS, PADDING

LEAST = 0.999
"""The least width and height in pixels of a box for training: one pixel, before it is rounded."""


@dataclass(frozen=True, eq=False)
class Objects:
    """The objects of one image.

    Args:
        xyxy: left, top, right and bottom of each box in pixels, floats ``(n, 4)``
        labels: class indices from 0, ``(n,)``
        crowd: whether a box is a region with many objects, which are not annotated one by one, booleans ``(n,)``
        area: the area of each object in pixels of the original image, by which COCO calls it small or large, floats
            ``(n,)``; None takes that of its box

    Raises:
        ValueError: the shapes or the types of the tensors are others
    """

    xyxy: Tensor
    labels: Tensor
    crowd: Tensor
    area: Tensor | None = None

    def __post_init__(self) -> None:
        count = len(self.labels)
        expected = (((count, 4), torch.float32), ((count,), torch.int64), ((count,), torch.bool))
        found = tuple((tuple(one.shape), one.dtype) for one in (self.xyxy, self.labels, self.crowd))
        if found != expected:
            raise ValueError(
                f"{count} objects have float32 boxes ({count}, 4), int64 labels ({count},) and booleans ({count},), not"
                f" {', '.join(f'{dtype} {shape}' for shape, dtype in found)}."
            )

    @property
    def areas(self) -> Tensor:
        """The area of each object, ``(n,)``."""
        return (self.xyxy[:, 2:] - self.xyxy[:, :2]).prod(1) if self.area is None else self.area

    def __len__(self) -> int:
        return len(self.labels)

    def kept(self, which: Tensor) -> "Objects":
        """Returns some of the objects.

        Args:
            which: booleans ``(n,)``, or positions
        """
        area = None if self.area is None else self.area[which]
        return Objects(self.xyxy[which], self.labels[which], self.crowd[which], area)


def pad_objects(batch: Sequence[Objects]) -> Tensor:
    """Returns the objects of the images of a batch in one tensor.

    Returns:
        left, top, right, bottom, label, 1 for a crowd region, and area, floats ``(N, M, 7)``, where ``M`` is the
        largest number of objects in an image; rows with the label -1 fill up the other images
    """
    padded = torch.zeros(len(batch), max(map(len, batch), default=0), COLUMNS)
    padded[..., 4] = PADDING
    for rows, one in zip(padded, batch, strict=True):
        rows[: len(one)] = torch.column_stack((one.xyxy, one.labels, one.crowd, one.areas))
    return padded


def unpad_objects(padded: Tensor) -> list[Objects]:
    """Returns the objects of each image from the tensor of a batch, ``(N, M, 7)``."""
    real = (rows[rows[:, 4] >= 0] for rows in padded)
    return [Objects(rows[:, :4], rows[:, 4].long(), rows[:, 5] > 0, rows[:, 6]) for rows in real]
