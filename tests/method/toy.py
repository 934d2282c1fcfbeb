"""A search space of one choice block, and images whose best candidate is known."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from mobilenas.search_space import LayerwiseSpace

KERNELS = (3, 1, 5)  # none that is looked for is the first, which a search would end in that learns nothing
SIDE = 12


def toy_space() -> LayerwiseSpace:
    candidates = tuple[Op, ...](MBConv(8, kernel, expanded=32) for kernel in KERNELS)
    return LayerwiseSpace("toy", Shape(3, SIDE, SIDE), ((Conv(8, 1),), candidates, (Classifier(2),)))


def toy_latency(**rows: float) -> ExpectedLatency:
    """A table by kernel; the fixed layers take no time."""
    space = toy_space()
    by_kernel = {space.layers[1][option].key: rows[f"k{kernel}"] for option, kernel in enumerate(KERNELS)}
    return ExpectedLatency(space, LatencyTable({space.layers[0][0].key: 0.0, space.layers[2][0].key: 0.0} | by_kernel))


def textures(count: int, far: float, seed: int, wrong: float = 0.0) -> tuple[Tensor, Tensor]:
    """Random textures that repeat along rows or along columns, which is the class.

    They repeat at every pixel, which a kernel of 3 can see, or in a share ``far`` of the images at every fourth, which
    takes a kernel of 5. A share ``wrong`` of the labels is wrong, so that no network can be sure.
    """
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 2, (count,), generator=generator)
    periods = torch.where(torch.rand(count, generator=generator) < far, 4, 1)
    images = [torch.randint(0, 2, (3, SIDE, n), generator=generator).repeat(1, 1, SIDE // n) for n in periods.tolist()]
    turned = [image.mT if label else image for image, label in zip(images, labels, strict=True)]
    flipped = labels ^ (torch.rand(count, generator=generator) < wrong)
    return torch.stack(turned) * 2.0 - 1, flipped


def toy_batches(
    far: float, start: int, count: int | None = None, wrong: float = 0.0
) -> Iterator[tuple[Tensor, Tensor]]:
    number = start
    while count is None or number < start + count:
        yield textures(32, far, number, wrong)
        number += 1
