"""Squeeze-and-excitation, the part of a block that MnasNet, MobileNetV3 and MoGA each size differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from mobilenas.ops.activation import check_activation
from mobilenas.ops.construct import construct
from mobilenas.ops.shape import make_divisible
from mobilenas.settings.checks import check_factor, check_positive

if TYPE_CHECKING:
    from torch import nn

_OPENINGS: Mapping[str, float] = MappingProxyType(
    {"hard_sigmoid": 3.0, "sigmoid": 6.0, "relu": 1.0, "relu6": 1.0, "none": 1.0, "h_swish": (sqrt(33) - 3) / 2}
)


@dataclass(frozen=True)
class SqueezeExcite:
    """Two 1x1 convolutions with bias on the pooled map, whose gate multiplies the channels.

    Args:
        of: what the ratio refers to, the ``expanded`` channels (MobileNetV3, MoGA) or the block's ``input`` (MnasNet)
        ratio: squeeze width over the reference width, rounded down
        divisor: the squeeze width is then made divisible by this; 1 keeps it (MoGA), 8 is MobileNetV3's
        act: activation after the first convolution
        gate: activation after the second
    """

    of: Literal["expanded", "input"] = "expanded"
    ratio: float = 0.25
    divisor: int = 1
    act: str = "relu"
    gate: str = "hard_sigmoid"

    def __post_init__(self) -> None:
        check_positive("se", divisor=self.divisor)
        check_factor("se", ratio=self.ratio)
        check_activation("se", self.act)
        check_activation("se", self.gate)
        if self.of not in ("expanded", "input"):
            raise ValueError(f"se: of is 'expanded' or 'input', not {self.of!r}.")

    @classmethod
    def parse(cls, fields: object) -> SqueezeExcite:
        """What the ``se`` of a line of YAML describes."""
        return construct(cls, "se", fields)

    @classmethod
    def parsed(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The fields of a line of YAML with what its ``se`` describes, if it has one, in its place."""
        se = fields.get("se")
        return fields if se is None else {**fields, "se": cls.parse(se)}

    @property
    def opening(self) -> float:
        """The bias with which the gate is open: it multiplies the channels by 1, or by .998 if it is a sigmoid."""
        return _OPENINGS[self.gate]

    def squeeze(self, input_channels: int, expanded: int) -> int:
        """Channels between the two convolutions."""
        reference = expanded if self.of == "expanded" else input_channels
        return make_divisible(int(reference * self.ratio), self.divisor)

    def params(self, input_channels: int, expanded: int) -> int:
        squeeze = self.squeeze(input_channels, expanded)
        return 2 * squeeze * expanded + squeeze + expanded

    def macs(self, input_channels: int, expanded: int) -> int:
        return 2 * self.squeeze(input_channels, expanded) * expanded

    def key(self, input_channels: int, expanded: int) -> str:
        return f"se{self.squeeze(input_channels, expanded)} {self.act} {self.gate}"

    def build(self, input_channels: int, expanded: int) -> nn.Module:
        from torch import nn

        from mobilenas.ops.modules import ACTIVATIONS, ChannelGate

        squeeze = self.squeeze(input_channels, expanded)
        return ChannelGate(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(expanded, squeeze, 1),
            ACTIVATIONS[self.act](),
            nn.Conv2d(squeeze, expanded, 1),
            ACTIVATIONS[self.gate](),
        )
