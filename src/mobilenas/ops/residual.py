"""The path that leads a block's input around its convolutions."""

from typing import Literal, get_args

from mobilenas.ops.shape import Shape
from mobilenas.settings.checks import check_flags

Shortcut = Literal["identity", "pooling"]
"""What becomes of the input on its way around."""


def check_shortcut(owner: str, residual: bool, shortcut: str) -> None:
    """Raise ValueError for a way around that is unknown."""
    check_flags(owner, residual=residual)
    if shortcut not in get_args(Shortcut):
        raise ValueError(f"{owner}: shortcut is one of {', '.join(get_args(Shortcut))}, not {shortcut!r}.")


def check_shortcut_fits(owner: str, shortcut: Shortcut, input: Shape, output: Shape) -> None:
    """Raise ValueError if a way around does not lead from the first shape to the second."""
    if shortcut == "identity" and output != input:
        raise ValueError(f"{owner}: a residual needs equal shapes, and {input} becomes {output}.")
    if output.channels != input.channels:
        raise ValueError(f"{owner}: a pooled residual needs equal channels, and {input} becomes {output}.")
