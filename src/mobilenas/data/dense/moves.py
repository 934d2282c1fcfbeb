"""Single changes of an image together with its boxes or its mask, which torchvision does not have."""

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as F

from mobilenas.ops import Size

MOST_TIMES = 4
"""The largest factor by which an image may be larger than needed before its random changes."""

LEAST_SIDE = 4
"""The least side in pixels of an image that is cropped: a share of .3 of it is still a pixel."""


class Resized(nn.Module):
    """Resizes to height and width; a mask gets the label of the nearest pixel.

    Args:
        size: height and width in pixels
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self._size = size

    def forward(self, image: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
        return together_resized(image, beside, self._size)


class Reduce(nn.Module):
    """Makes images smaller that are much larger than needed, because a large border would make them huge.

    Args:
        size: the height and width in pixels that are needed at the end
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self._longest = MOST_TIMES * max(size)

    def forward(self, image: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
        height, width = image.shape[-2:]
        share = self._longest / max(height, width)
        if share >= 1:
            return image, beside
        return together_resized(image, beside, (max(1, round(height * share)), max(1, round(width * share))))


class RandomScale(nn.Module):
    """Resizes to a random multiple of height and width.

    Args:
        size: height and width in pixels
        smallest: the smallest factor
        largest: the largest factor
    """

    def __init__(self, size: Size, smallest: float, largest: float) -> None:
        super().__init__()
        self._size, self._smallest, self._largest = size, smallest, largest

    def forward(self, image: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
        factor = self._smallest + (self._largest - self._smallest) * float(torch.rand(()))
        height, width = (max(1, round(factor * side)) for side in self._size)
        return together_resized(image, beside, (height, width))


class CropToObjects(nn.Module):
    """SSD's random crop (Sec. 2.2); an image without objects, from which it would draw in vain, stays as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._crop = v2.RandomIoUCrop()

    def forward(self, image: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        if len(boxes) == 0 or min(image.shape[-2:]) < LEAST_SIDE:
            return image, boxes
        cropped, moved = self._crop(image, boxes)
        return cropped, moved


def together_resized(image: Tensor, beside: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    """Returns an image, and its boxes or its mask, at another size.

    The mask's pixels have the centers of the image's pixels. With torchvision's own choice they would lie half a pixel
    to the left and above.
    """
    resized = F.resize(image, list(size), InterpolationMode.BILINEAR, antialias=True)
    if isinstance(beside, tv_tensors.Mask):
        exact = F.resize(beside.as_subclass(Tensor)[None], list(size), InterpolationMode.NEAREST_EXACT)[0]
        return resized, tv_tensors.Mask(exact)
    return resized, F.resize(beside, list(size))
