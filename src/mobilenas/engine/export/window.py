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
