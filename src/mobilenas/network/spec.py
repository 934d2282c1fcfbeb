"""One frozen description of a network, which counts, latency keys, modules, tables and pictures are all read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mobilenas.ops import BatchNorm, Op, Shape, operations
from mobilenas.ops.construct import construct
from mobilenas.ops.look import Look
from mobilenas.settings.checks import located

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Layer:
    """An operation and the shape it is applied to: all that counts, latency and module need.

    Raises:
        ValueError: the operation does not fit the shape
    """

    op: Op
    input: Shape

    def __post_init__(self) -> None:
        self.op.output(self.input)

    @property
    def output(self) -> Shape:
        return self.op.output(self.input)

    @property
    def params(self) -> int:
        return self.op.params(self.input)

    @property
    def macs(self) -> int:
        return self.op.macs(self.input)

    @property
    def key(self) -> str:
        """The layer's row in a latency table."""
        return self.op.key(self.input)

    @property
    def takes_time(self) -> bool:
        """Whether it is more than a layer that is left out."""
        return self.op.takes_time

    @property
    def look(self) -> Look:
        return self.op.look(self.input)

    @property
    def fixed(self) -> tuple[Layer, ...]:
        """The parts that are measured each on its own, less those that are decided within the layer."""
        return tuple(Layer(*piece) for piece in self.op.fixed(self.input))

    @property
    def choices(self) -> tuple[tuple[Layer, ...], ...]:
        """For each decision within the layer its candidates."""
        return tuple(tuple(Layer(*piece) for piece in candidates) for candidates in self.op.choices(self.input))

    @property
    def pieces(self) -> tuple[Layer, ...]:
        """All parts that are measured each on its own; for most layers that is the layer."""
        chosen = zip(self.choices, self.op.chosen, strict=True)
        return self.fixed + tuple(candidates[option] for candidates, option in chosen)

    def build(self) -> nn.Module:
        return self.op.build(self.input)


@dataclass(frozen=True)
class NetworkSpec:
    """A network: the shape of its image, its operations in order, and its batch norms' settings.

    Equal specs are the same network, whatever their names.
    """

    input: Shape
    ops: tuple[Op, ...]
    norm: BatchNorm = BatchNorm()
    name: str = field(default="network", compare=False)

    def __post_init__(self) -> None:
        if not self.ops:
            raise ValueError(f"{self.name}: a network needs at least one layer.")
        for position, op in enumerate(self.ops[:-1]):
            if op.is_head:
                raise ValueError(f"{self.name}, layer {position}: a {op.name} can only be the last layer.")
        _ = self.layers

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        for position, op in enumerate(self.ops):
            with located(f"{self.name}, layer {position}"):
                layers.append(Layer(op, layers[-1].output if layers else self.input))
        return tuple(layers)

    @cached_property
    def pieces(self) -> tuple[Layer, ...]:
        """All parts that are measured each on its own, in order."""
        return tuple(piece for layer in self.layers for piece in layer.pieces)

    @property
    def params(self) -> int:
        """All trainable parameters."""
        return sum(layer.params for layer in self.layers)

    @property
    def macs(self) -> int:
        """Multiply-adds for one image."""
        return sum(layer.macs for layer in self.layers)

    @property
    def classes(self) -> int:
        return self.layers[-1].output.channels

    def build(self) -> nn.Sequential:
        """The network with fresh weights from torch's generator, ``(N, 3, H, W)`` to ``(N, classes)``."""
        from torch import nn

        from mobilenas.ops.modules import initialize

        network = nn.Sequential(*(layer.build() for layer in self.layers))
        initialize(network, self.norm)
        return network

    def to_yaml(self) -> str:
        """The text that ``from_yaml`` reads back, one line an operation."""
        head = yaml.safe_dump(
            {"name": self.name, "input": asdict(self.input), "norm": asdict(self.norm)}, sort_keys=False
        )
        lines = (
            yaml.safe_dump(op.line(), sort_keys=False, default_flow_style=True, width=1000).strip() for op in self.ops
        )
        return head + "layers:\n" + "".join(f"  - {line}\n" for line in lines)

    @classmethod
    def from_yaml(cls, text: str, origin: str = "network") -> NetworkSpec:
        """Read a network; ``origin`` names it in error messages.

        Raises:
            ValueError: the text is no network, with the layer at fault
        """
        try:
            content = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError) as error:
            raise ValueError(f"{origin} is not YAML: {' '.join(str(error).split())}.") from None
        if not isinstance(content, Mapping):
            raise ValueError(f"{origin} must be a mapping with name, input, norm and layers.")
        return cls.from_dict(content, origin)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], origin: str = "network") -> NetworkSpec:
        """As ``from_yaml``, from what YAML holds."""
        if not {"input", "layers"} <= content.keys() <= {"name", "input", "norm", "layers"}:
            found = ", ".join(map(str, content))
            raise ValueError(f"{origin} needs input and layers, and may have name and norm; found {found}.")
        if not isinstance(content["layers"], list | tuple) or not content["layers"]:
            raise ValueError(f"{origin}: layers must be a list of one or more operations.")
        with located(origin):
            image = shape = construct(Shape, "input", content["input"])
            norm = construct(BatchNorm, "norm", content.get("norm") or {})
        ops: list[Op] = []
        for position, line in enumerate(content["layers"]):
            with located(f"{origin}, layer {position}"):
                ops.append(_parse(line, shape))
                shape = ops[-1].output(shape)
        return cls(image, tuple(ops), norm, str(content.get("name") or origin))

    @classmethod
    def from_settings(cls, content: Mapping[str, Any], place: str) -> NetworkSpec:
        """The network of a group of settings, as ``conf/network`` holds it; raises ValueError as ``from_yaml``."""
        return cls.from_dict(content, place)

    @classmethod
    def load(cls, path: Path) -> NetworkSpec:
        """The network in a YAML file; raises ValueError as ``from_yaml``, OSError where the file can't be read."""
        return cls.from_yaml(path.read_text("utf-8", "replace"), str(path))


def _parse(line: object, input: Shape) -> Op:
    found = line.get("op") if isinstance(line, Mapping) else line
    if not isinstance(line, Mapping) or found not in list(operations()):
        raise ValueError(f"operation {found!r} is unknown; choose from {', '.join(operations())}.")
    return operations()[found]({name: value for name, value in line.items() if name != "op"}, input)
