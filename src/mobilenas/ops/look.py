"""How an operation looks in a picture of its network (MoGA, Fig. 8)."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["block", "end", "skip"]
"""A block of the backbone, a part of the stem or the head, or a layer that is left out."""


@dataclass(frozen=True)
class Look:
    """What is drawn of a layer.

    Args:
        label: in a few letters; what a picture shows in another way, channels and strides, is left out
        role: where in the network such operations stand
        kernel: its hue; grey without one
        expansion: channels within over those of the input; the larger, the stronger the hue
        has_se: whether it has a squeeze-and-excitation
    """

    label: str
    role: Role = "block"
    kernel: int | None = None
    expansion: float | None = None
    has_se: bool = False


def label_of(*parts: str, groups: int = 1, has_se: bool = False) -> str:
    """The parts in a row, with ``G2`` for two groups and ``SE`` for a squeeze-and-excitation."""
    return " ".join([*parts, *([f"G{groups}"] if groups > 1 else []), *(["SE"] if has_se else [])])
