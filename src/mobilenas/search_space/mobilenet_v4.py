"""MobileNetV4's fine-grained search: the depthwise convolutions of each block of MobileNetV4-Conv-Small."""

from collections.abc import Sequence
from itertools import product

from mobilenas.ops import UIB, Conv, NormedClassifier, Op, Shape
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.search_space.sizes import at_size, check_candidates, check_sizes
from mobilenas.settings import Count, Factor, Positive, Share

EXPANSION = 4  # constant in the fine-grained search
KERNELS = (3, 5)
CANDIDATES: dict[str, tuple[int | None, int | None]] = {  # kernels before and after the expansion
    **{f"extra_dw_k{start}_k{middle}": (start, middle) for start, middle in product(KERNELS, KERNELS)},
    **{f"ib_k{middle}": (None, middle) for middle in KERNELS},
    **{f"convnext_k{start}": (start, None) for start in KERNELS},
    "ffn": (None, None),
}

STEM = (  # of MobileNetV4-Conv-Small: channels, kernel, stride
    (32, 3, 2), (32, 3, 2), (32, 1, 1), (96, 3, 2), (64, 1, 1),
)  # fmt: skip
STAGES = ((96, 6, 2), (128, 6, 2))  # the same: channels, blocks, stride of the first block


def mobilenet_v4(
    classes: Positive = 1000,
    resolution: Positive = 224,
    width: Factor = 1.0,
    stages: Positive | None = None,
    blocks: Positive | None = None,
    hidden: Factor = 1.0,
    unstrided: Count = 0,
    dropout: Share = 0.2,
    candidates: Sequence[str] = tuple(CANDIDATES),
) -> LayerwiseSpace:
    """Returns the space at any size.

    A block with a stride has no candidate ``ffn``, because ``ffn`` has no convolution with a stride.

    Args:
        classes: number of classes
        resolution: side of the image in pixels
        width: multiplies all channels
        stages: number of the first stages to keep; both by default
        blocks: largest number of blocks in each stage; all by default
        hidden: multiplies the hidden layer after the pooling, which ``width`` does not change
        unstrided: number of the first strided places that get stride 1, for small images
        dropout: dropout before the last layer
        candidates: names of the candidate operations, ``extra_dw_k3_k5`` for both kernels

    Raises:
        ValueError: a candidate is unknown, none has a depthwise convolution, or a number is out of its range
    """
    check_sizes("mobilenet_v4", width, hidden, stages, blocks)
    check_candidates("mobilenet_v4", candidates, CANDIDATES)
    if not set(candidates) - {"ffn"}:
        raise ValueError("mobilenet_v4: a block with a stride needs a candidate with a depthwise convolution; add one.")
    positions: list[tuple[Op, ...]] = [(Conv(out, kernel, stride),) for out, kernel, stride in STEM]
    channels = STEM[-1][0]
    for out, depth, first_stride in STAGES[:stages]:
        for block in range(min(depth, blocks or depth)):
            stride = first_stride if block == 0 else 1
            fitting = [CANDIDATES[name] for name in candidates if stride == 1 or name != "ffn"]
            positions.append(tuple(_block(kernels, channels, out, stride) for kernels in fitting))
            channels = out
    positions.append((Conv(960, kernel=1),))
    positions.append((NormedClassifier(classes, hidden=1280, dropout=dropout),))
    space = LayerwiseSpace("mobilenet_v4", Shape(3, 224, 224), tuple(positions))
    return at_size(space, resolution, width, hidden, unstrided)


def _block(kernels: tuple[int | None, int | None], channels: int, out: int, stride: int) -> UIB:
    residual = stride == 1 and channels == out
    return UIB(out, channels * EXPANSION, *kernels, stride, residual=residual)
