"""Random changes to training images."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

Picture = Tensor | Image.Image
"""One image: bytes ``(3, H, W)``, or as it was read from a file."""


@dataclass(frozen=True)
class Augment:
    """What is done to a training image, in this order.

    Args:
        min_area: least share of the image that a random crop keeps before it is resized, as in Inception's
            preprocessing; 1 for no such crop
        padding: pixels of black around the image before it is cropped back to its size at random
        flip: mirror every other image
        cutout: side in pixels of a square that takes the mean colour; 0 for none

    Raises:
        ValueError: a number out of its range
    """

    min_area: float = 1.0
    padding: int = 0
    flip: bool = False
    cutout: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.min_area <= 1:
            raise ValueError(f"augment: min_area must be above 0 and at most 1, not {self.min_area!r}.")
        if self.padding < 0 or self.cutout < 0:
            raise ValueError(f"augment: padding and cutout must be 0 or more, not {self.padding} and {self.cutout}.")

    @property
    def crops(self) -> bool:
        """Whether it starts from the original image, and not from the centered one."""
        return self.min_area < 1

    def build(self, resolution: int, fill: tuple[float, ...]) -> Callable[[Picture], Tensor]:
        """The transform, to bytes ``(3, resolution, resolution)``; ``fill`` is the mean colour, with white as 1."""
        steps: list[nn.Module] = []
        if self.crops:
            steps += [v2.RandomResizedCrop(resolution, scale=(self.min_area, 1.0)), v2.PILToTensor()]
        if self.padding:
            steps.append(v2.RandomCrop(resolution, padding=self.padding))
        if self.flip:
            steps.append(v2.RandomHorizontalFlip())
        if self.cutout:
            steps.append(Cutout(self.cutout, fill))
        return nn.Sequential(*steps)


class Cutout(nn.Module):
    """A square of the mean colour around a random pixel; what lies outside the image is lost (DeVries & Taylor)."""

    def __init__(self, side: int, fill: tuple[float, ...]) -> None:
        super().__init__()
        self._side = side
        self._fill = torch.tensor([round(255 * value) for value in fill], dtype=torch.uint8).view(-1, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        top, left = (int(torch.randint(size, ())) - self._side // 2 for size in image.shape[1:])
        changed = image.clone()
        changed[:, max(0, top) : top + self._side, max(0, left) : left + self._side] = self._fill
        return changed
