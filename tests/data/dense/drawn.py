"""A picture of one rectangle, its mask and its box, and what of it is left after a change."""

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from mobilenas.data.dense import Objects

GREY = (0.5, 0.5, 0.5)


def picture(box: tuple[int, int, int, int], size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A black image, of width and height, with a white rectangle from left and top up to right and bottom."""
    image = Image.new("RGB", size, "black")
    ImageDraw.Draw(image).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), "white")
    return image


def objects(*boxes: tuple[float, float, float, float]) -> Objects:
    """Objects of the labels 0, 1, 2 and so on, every other one a crowd."""
    labels = torch.arange(len(boxes))
    return Objects(torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), labels, labels % 2 == 1)


def bright(image: Tensor, above: int = 200) -> Tensor:
    """The pixels that are almost white, ``(H, W)``."""
    return (image > above).all(0)


def around(pixels: Tensor) -> list[int]:
    """Left, top, right and bottom of the pixels that are true."""
    rows, columns = torch.nonzero(pixels.any(1)).flatten(), torch.nonzero(pixels.any(0)).flatten()
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
