"""What every operation of a network knows of itself: its output, its counts, its key, its module."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mobilenas.ops.answers import Answers
from mobilenas.ops.construct import construct
from mobilenas.ops.look import Look, label_of
from mobilenas.ops.shape import Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Op(Answers, ABC):
    """An operation with every number resolved; what it does to an input follows from the input's shape.

    Counts follow the convention of the five papers: ``params`` are all trainable tensors, a multiply-add
    counts once, and only convolutions and linear layers have any.
    """

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

    def look(self, input: Shape) -> Look:
        """How it is drawn; by default its name and, if it has one, its kernel."""
        kernel = getattr(self, "kernel", None)
        if not isinstance(kernel, int):
            return Look(self.name)
        return Look(label_of(self.name, f"K{kernel}"), kernel=kernel)

    def fixed(self, input: Shape) -> tuple[Piece, ...]:
        """The parts that are measured separately, without those that are decided within the operation."""
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
        if options:
            raise self._refused("cannot be given other decisions", "decided", "choose another search space")
        return self

    def build_mixed(self, input: Shape, mix: Callable[[Iterable[nn.Module]], nn.Module]) -> nn.Module:
        """The module with all candidates of the decisions within the operation, as ``mix`` holds them."""
        if self.choices(input):
            raise self._refused(
                "has decisions of its own and no module for them", "build_mixed", "choose a method without a supernet"
            )
        return mix([self.build(input)])

    @classmethod
    def parse(cls, fields: Mapping[str, object], input: Shape) -> Self:
        """The operation that a line of YAML describes; ``input`` resolves what is relative to it."""
        return construct(cls, cls.name, fields)

    def line(self) -> dict[str, object]:
        """The line of YAML that describes this operation: its name and the fields that are not the default."""
        values = dataclasses.asdict(self)
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        return {"op": self.name} | {name: value for name, value in values.items() if value != defaults[name]}


Piece = tuple[Op, Shape]
"""An operation and the shape of its input."""
