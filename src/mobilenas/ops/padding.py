"""Where strided windows are padded, which is a convention of a whole network."""

from typing import Literal, get_args

Padding = Literal["symmetric", "same"]
"""``symmetric`` pads equally on all sides, as PyTorch's networks do; ``same`` is TensorFlow's convention: as little
padding as the output needs, and an odd pixel at the bottom and on the right."""


def check_padding(owner: str, padding: object) -> None:
    """Raises ValueError if the convention is unknown."""
    if padding not in get_args(Padding):
        raise ValueError(f"{owner}: padding must be one of {', '.join(get_args(Padding))}, not {padding!r}.")


def same_pads(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Returns the padding before and after one side of a map, in TensorFlow's convention ``SAME``.

    Args:
        size: length of the side
        kernel: length of the window
        stride: step of the window
        dilation: distance of the values in the window

        >>> from mobilenas.ops.padding import same_pads
        >>> same_pads(224, kernel=3, stride=2, dilation=1), same_pads(7, kernel=3, stride=2, dilation=1)
        ((0, 1), (1, 1))
    """
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2
