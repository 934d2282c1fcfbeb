"""From the last feature map to the classes: MobileNetV2's and MnasNet's head, and MobileNetV3's last stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.features import features_of
from mobilenas.ops.look import Look
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.widths import Cut, Widths
from mobilenas.settings.checks import check_flags, check_positive

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Classifier(Op):
    """Global average pooling, an optional hidden layer, dropout, and the linear layer to the classes.

    The hidden layer after the pooling is MobileNetV3's efficient last stage (its Fig. 5); it has no batch norm, and
    no width multiplier changes it.

    Args:
        classes: number of classes
        hidden: channels of the hidden layer; without it there is none
        act: activation of the hidden layer
        hidden_bias: whether the hidden layer has a bias
        dropout: share of the values before the last layer that a training leaves out
    """

    name: ClassVar[str] = "classifier"
    is_head: ClassVar[bool] = True
    classes: int
    hidden: int | None = None
    act: str = "none"
    hidden_bias: bool = True
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_positive(self.name, classes=self.classes)
        check_activation(self.name, self.act)
        check_flags(self.name, hidden_bias=self.hidden_bias)
        if self.hidden is not None:
            check_positive(self.name, hidden=self.hidden)
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"{self.name}: dropout is a probability below 1, not {self.dropout!r}.")

    def output(self, input: Shape) -> Shape:
        return Shape(self.classes, 1, 1)

    def params(self, input: Shape) -> int:
        bias = self.classes + (self.hidden or 0) * self.hidden_bias
        return self.macs(input) + bias

    def macs(self, input: Shape) -> int:
        if self.hidden is None:
            return input.channels * self.classes
        return (input.channels + self.classes) * self.hidden

    def key(self, input: Shape) -> str:
        hidden = f"h{self.hidden} {self.act} {'bias' if self.hidden_bias else '-'}" if self.hidden else "-"
        return f"classifier {input} {hidden} o{self.classes}"

    def build(self, input: Shape) -> nn.Sequential:
        from torch import nn

        from mobilenas.ops.modules import ACTIVATIONS

        parts = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        features = input.channels
        if self.hidden:
            parts.append(nn.Linear(features, self.hidden, self.hidden_bias))
            parts.append(ACTIVATIONS[self.act]())
            features = self.hidden
        return parts.append(nn.Dropout(self.dropout)).append(nn.Linear(features, self.classes))

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        return self

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_classes(self, classes: int) -> Self:
        return replace(self, classes=classes)

    def with_hidden_scaled(self, width: float) -> Self:
        return self if self.hidden is None else replace(self, hidden=make_divisible(self.hidden * width, 8))

    def widths(self) -> Widths:
        return Widths(any_input=True)

    def cut(self, input: Shape) -> Cut:
        if not self.hidden:
            return Cut((("input", "output"),))
        return Cut((("input", "hidden"), ("hidden", "output")), {"hidden": self.hidden})

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def look(self, input: Shape) -> Look:
        return Look(" → ".join(["pool", *map(str, filter(None, (self.hidden, self.classes)))]), "end")
