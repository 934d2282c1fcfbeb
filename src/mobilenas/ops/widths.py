"""Which channels of an operation can become fewer, and how its weights are cut (MobileNetV3 Sec. 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Widths:
    """What NetAdapt may make narrower.

    Args:
        expansion: channels within the operation that can be chosen; None where there are none
        any_input: whether it works on any number of input channels
        tied: whether a residual ties the channels of its output to those of its input
        bottleneck: whether its output is a width to choose; a plain convolution's is one only together with a block's
    """

    expansion: int | None = None
    any_input: bool = False
    tied: bool = False
    bottleneck: bool = False


Axes = tuple[str, str]
"""Of a convolution or linear layer: the name of its input channels, empty in a depthwise one, and of its output's."""


@dataclass(frozen=True)
class Cut:
    """How the weights of an operation follow its channels.

    Args:
        axes: of its convolutions and linear layers, in the module's order; ``input`` and ``output`` are the
            operation's own
        inner: number of channels of every other axis
    """

    axes: tuple[Axes, ...] = ()
    inner: Mapping[str, int] = field(default_factory=dict)


def squeeze_axes(wide: str) -> tuple[Axes, Axes]:
    """Of a squeeze-and-excitation that gates the axis ``wide``."""
    return (wide, "squeeze"), ("squeeze", wide)
