"""The modules that change training images at random."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from mobilenas.data.augment import Augment
from mobilenas.data.images import Picture


def changes(augment: Augment, resolution: int, fill: tuple[float, ...]) -> Callable[[Picture], Tensor]:
    """Returns the module of the settings, from an image to bytes ``(3, resolution, resolution)``.

    Args:
        augment: the settings
        resolution: height and width in pixels
        fill: the mean colour, with white as 1
    """
    moves = list(_moves(augment, resolution))
    return nn.Sequential(*moves, *([Cutout(augment.cutout, fill)] if augment.cutout else []))


def _moves(augment: Augment, resolution: int) -> Iterator[nn.Module]:
    if not (augment.crops or augment.padding or augment.flip):
        return
    from torchvision.transforms import v2  # takes two seconds, which images that stay as they are need not wait for

    if augment.crops:
        yield v2.RandomResizedCrop(resolution, scale=(augment.min_area, 1.0))
        yield v2.PILToTensor()
    if augment.padding:
        yield v2.RandomCrop(resolution, padding=augment.padding)
    if augment.flip:
        yield v2.RandomHorizontalFlip()


class Cutout(nn.Module):
    """Puts a square of the mean colour around a random pixel; the part outside the image is lost (DeVries & Taylor)."""

    def __init__(self, side: int, fill: tuple[float, ...]) -> None:
        super().__init__()
        self._side = side
        self._fill = torch.tensor([round(255 * value) for value in fill], dtype=torch.uint8).view(-1, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        top, left = (int(torch.randint(size, ())) - self._side // 2 for size in image.shape[1:])
        changed = image.clone()
        changed[:, max(0, top) : top + self._side, max(0, left) : left + self._side] = self._fill
        return changed
