"""The interface of a head, which reads one or several maps of a backbone."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.network.taps import Tap
from mobilenas.ops import Shape
from mobilenas.ops.base import Piece
from mobilenas.ops.construct import construct
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.network.heads.modules import Wired
    from mobilenas.network.layer import Layer


@dataclass(frozen=True)
class Head(ABC):
    """What is learned from a backbone's maps, with every number resolved except the shapes of these maps.

    Args:
        classes: number of classes; a detector has one more output, the background
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """Its name for people."""
    classes: int

    def __post_init__(self) -> None:
        check_positive(self.name, classes=self.classes)

    @abstractmethod
    def taps(self, layers: Sequence[Layer]) -> tuple[Tap, ...]:
        """Returns the places of the maps that it reads, in order.

        Raises:
            ValueError: the backbone has no such map
        """

    @abstractmethod
    def parts(self, maps: Sequence[Shape], image: Shape) -> Mapping[str, Piece]:
        """Returns its operations with the shapes of their inputs, by name; they have all its weights.

        Args:
            maps: the shapes of the maps that it reads
            image: the shape of the image
        """

    @abstractmethod
    def wire(self, parts: Mapping[str, nn.Module]) -> Wired:
        """Returns its module, which takes the list of maps ``(N, C, H, W)`` and consists of the parts' modules."""

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """Returns the head that a line of YAML describes."""
        return construct(cls, cls.name, {name: _frozen(value) for name, value in fields.items()})

    def line(self) -> dict[str, object]:
        """Returns the line of YAML that describes it: its name and the fields that are not the default."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        values = {name: value for name, value in vars(self).items() if value != defaults[name]}
        return {"op": self.name} | {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    def with_classes(self, classes: int) -> Self:
        """Returns this head with another number of classes."""
        return dataclasses.replace(self, classes=classes)


@cache
def heads() -> Mapping[str, type[Head]]:
    """Returns the heads by name."""
    from mobilenas.network.heads.aspp import LRASPP, RASPP
    from mobilenas.network.heads.ssdlite import SSDLite

    return MappingProxyType({kind.name: kind for kind in (SSDLite, RASPP, LRASPP)})


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
