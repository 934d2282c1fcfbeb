"""What every operation of a network can say of itself: its output, its counts, its key, its module."""

from __future__ import annotations

import dataclasses
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from torch import nn

from mobilenas.settings.checks import check_positive


@dataclass(frozen=True)
class Shape:
    """Channels, height and width of one image's feature map."""

    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        check_positive("shape", channels=self.channels, height=self.height, width=self.width)

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"

    def strided(self, channels: int, stride: int) -> Shape:
        """The shape after an operation that is padded to keep height and width, then strided."""
        return Shape(channels, -(-self.height // stride), -(-self.width // stride))


@dataclass(frozen=True)
class Op(ABC):
    """An operation with every number resolved; what it does to an input follows from the input's shape.

    Counts follow the convention of the five papers: ``params`` are all trainable tensors, a multiply-add
    counts once, and only convolutions and linear layers have any.
    """

    name: ClassVar[str]

    @abstractmethod
    def output(self, input: Shape) -> Shape:
        """Shape of the output; raises ValueError where the input does not fit."""

    @abstractmethod
    def params(self, input: Shape) -> int:
        """Trainable parameters."""

    @abstractmethod
    def macs(self, input: Shape) -> int:
        """Multiply-adds for one image."""

    @abstractmethod
    def key(self, input: Shape) -> str:
        """Everything that execution time depends on, as one line of text; equal keys are measured once."""

    @abstractmethod
    def build(self, input: Shape) -> nn.Module:
        """The module, from ``(N, C, H, W)`` to the output's shape."""

    def fixed(self, input: Shape) -> tuple[Piece, ...]:
        """The parts whose latency is measured, each on its own, less those that are decided within the operation."""
        return ((self, input),)

    def choices(self, input: Shape) -> tuple[tuple[Piece, ...], ...]:
        """For each decision within the operation its candidates; most operations have none."""
        return ()

    @property
    def chosen(self) -> tuple[int, ...]:
        """The option of each decision within the operation."""
        return ()

    def decided(self, options: Sequence[int]) -> Op:
        """This operation with other options of the decisions within it."""
        return self

    def scaled(self, width: float, old: Shape, new: Shape) -> Op:
        """This operation in a network ``width`` times as wide; ``old`` and ``new`` are its input's shapes."""
        return self

    @classmethod
    def parse(cls, fields: Mapping[str, Any], input: Shape) -> Self:
        """The operation that a line of YAML describes; ``input`` resolves what is relative to it."""
        return construct(cls, cls.name, fields)

    def line(self) -> dict[str, Any]:
        """The line of YAML that describes this operation: its name and the fields that are not the default."""
        values = dataclasses.asdict(self)
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        return {"op": self.name} | {name: value for name, value in values.items() if value != defaults[name]}


Piece = tuple[Op, Shape]
"""An operation and the shape of its input."""

T = TypeVar("T")


def construct(kind: type[T], name: str, fields: object) -> T:
    """``kind(**fields)``, with a ValueError in plain words for a field that is unknown or missing."""
    known = inspect.signature(kind).parameters
    if not isinstance(fields, Mapping):
        raise ValueError(f"{name} must be a mapping of {', '.join(known)}, not {fields!r}.")
    for field in fields:
        if field not in known:
            raise ValueError(f"{name} has no field {field!r}; it has {', '.join(known) or 'none'}.")
    for field, parameter in known.items():
        if field not in fields and parameter.default is parameter.empty:
            raise ValueError(f"{name} needs the field {field!r}.")
    return kind(**fields)


def make_divisible(value: float, divisor: int) -> int:
    """``value`` rounded to a multiple of ``divisor``, never more than a tenth below it (MobileNetV2's rule)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded
