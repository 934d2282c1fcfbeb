"""The padding of modules that slide a window over a map."""

from torch.nn.modules.utils import _pair

from mobilenas.ops.modules import SameAvgPool2d, SameConv2d, SameMaxPool2d
from mobilenas.ops.modules.same import Window, window_pads

Pads = tuple[tuple[int, int], tuple[int, int]]
"""Pixels before and after each side, height first."""


def pads_of(module: Window, height: int, width: int) -> Pads:
    """Returns the padding of a map of a size."""
    if isinstance(module, SameConv2d | SameAvgPool2d | SameMaxPool2d):
        return window_pads(module, height, width)
    above, beside = _pair(module.padding)
    return (above, above), (beside, beside)


def dilation_of(module: Window) -> tuple[int, int]:
    """Returns the distance of a window's values; average pools know none."""
    vertical, horizontal = _pair(getattr(module, "dilation", 1))
    return vertical, horizontal


def windows_of(module: Window, height: int, width: int) -> tuple[int, int]:
    """Returns the number of windows along each side of a map of a size."""
    sides = zip((height, width), pads_of(module, height, width), _pair(module.kernel_size), strict=True)
    reached = zip(sides, _pair(module.stride), dilation_of(module), strict=True)
    rows, columns = (
        (size + before + after - dilation * (kernel - 1) - 1) // stride + 1
        for (size, (before, after), kernel), stride, dilation in reached
    )
    return rows, columns
