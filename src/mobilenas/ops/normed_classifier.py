"""From the last feature map to the classes in MobileNetV4: as in MobileNetV3, with a batch norm on the hidden layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.activation import check_activation
from mobilenas.ops.base import Op
from mobilenas.ops.classifier import Classifier
from mobilenas.ops.conv import Conv
from mobilenas.ops.features import features_of
from mobilenas.ops.look import Look
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.widths import Cut, Widths
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NormedClassifier(Op):
    """Global average pooling, 1x1 convolution with batch norm and activation, dropout, linear layer to the classes.

    Args:
        classes: number of classes
        hidden: channels of the convolution
        act: its activation
        dropout: share of the values before the last layer that a training leaves out
    """

    name: ClassVar[str] = "normed_classifier"
    is_head: ClassVar[bool] = True
    classes: int
    hidden: int
    act: str = "relu"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_positive(self.name, hidden=self.hidden)
        check_activation(self.name, self.act)
        _ = self._last  # checks classes and dropout

    def output(self, input: Shape) -> Shape:
        return Shape(self.classes, 1, 1)

    def params(self, input: Shape) -> int:
        return self._conv.params(Shape(input.channels, 1, 1)) + self._last.params(Shape(self.hidden, 1, 1))

    def macs(self, input: Shape) -> int:
        return (input.channels + self.classes) * self.hidden

    def key(self, input: Shape) -> str:
        return f"normed_classifier {input} h{self.hidden} {self.act} o{self.classes}"

    def build(self, input: Shape) -> nn.Module:
        from torch import nn

        hidden = self._conv.build(Shape(input.channels, 1, 1))
        head = (nn.Flatten(), nn.Dropout(self.dropout), nn.Linear(self.hidden, self.classes))
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), hidden, *head)

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        return self

    def with_activation(self, act: str) -> Self:
        return self if self.act == "none" else replace(self, act=act)

    def with_classes(self, classes: int) -> Self:
        return replace(self, classes=classes)

    def with_hidden_scaled(self, width: float) -> Self:
        return replace(self, hidden=make_divisible(self.hidden * width, 8))

    def widths(self) -> Widths:
        return Widths(any_input=True)

    def cut(self, input: Shape) -> Cut:
        return Cut((("input", "hidden"), ("hidden", "output")), {"hidden": self.hidden})

    def features(self, input: Shape) -> dict[str, float]:
        return features_of(self, input)

    def look(self, input: Shape) -> Look:
        return Look(f"pool → {self.hidden} → {self.classes}", "end")

    @property
    def _conv(self) -> Conv:
        return Conv(self.hidden, 1, act=self.act)

    @property
    def _last(self) -> Classifier:
        return Classifier(self.classes, dropout=self.dropout)
