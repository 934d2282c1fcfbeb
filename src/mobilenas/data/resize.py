"""Changes pixels in memory to colour images of one resolution."""

import torch
from torch import Tensor

from mobilenas.data.memory import check_in_memory

_CHUNK = 4096  # images at once, to bound the memory that resizing takes


def as_color(pixels: Tensor, resolution: int) -> Tensor:
    """Resizes images, bytes ``(N, 1 or 3, H, H)``, to ``(N, 3, resolution, resolution)``; grey is stored only once.

    Raises:
        ValueError: the images would not fit into memory
    """
    if pixels.shape[-1] != resolution:
        check_in_memory(len(pixels), resolution)
        from torchvision.transforms.v2.functional import resize  # takes two seconds

        chunks = [pixels[start : start + _CHUNK] for start in range(0, len(pixels), _CHUNK)]
        pixels = torch.cat([resize(chunk, [resolution, resolution]) for chunk in chunks])
    return pixels.expand(-1, 3, -1, -1)
