"""The frozen description of a network: its counts, latency keys, modules, tables and pictures are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mobilenas.files.names import check_name, name_of
from mobilenas.files.yaml_text import read_yaml, read_yaml_file
from mobilenas.network.heads.base import Head, heads
from mobilenas.network.layer import Layer
from mobilenas.network.published_weights import PublishedWeights
from mobilenas.network.taps import Tap
from mobilenas.ops import BatchNorm, Op, Padding, Shape, operations
from mobilenas.ops.construct import construct
from mobilenas.ops.padding import check_padding
from mobilenas.settings.checks import located
from mobilenas.settings.words import shown

if TYPE_CHECKING:
    from torch import nn


MOST_PARAMETERS = 1_000_000_000
"""A network with more parameters is no mobile network; it would take 4 GB for its weights alone."""

MOST_MACS = 10**15
"""A network with more multiply-adds would take hours for one image."""

RESERVED = (
    *("chosen", "record.json", "artifact.json", "begun.json", "evaluations.json", "result.json"),
    *("logs", "wandb", "checkpoints"),
)
"""The names of files and folders that stand beside those of networks."""


@dataclass(frozen=True)
class NetworkSpec:
    """A network: the shape of its image, its operations in order, the settings of its batch norms, and its padding.

    A network for detection or segmentation has a head, which reads some of the maps of its operations.

    Equal specs are the same network, even if their names differ.

        >>> from mobilenas.network import NetworkSpec
        >>> from mobilenas.ops import Classifier, Conv, MBConv, Shape
        >>> ops = (Conv(16, kernel=3, stride=2), MBConv(24, kernel=3, expanded=64), Classifier(10))
        >>> network = NetworkSpec(Shape(3, 32, 32), ops, name="small")
        >>> network.params, network.macs, str(network.layers[-1].input)
        (4154, 913648, '24x16x16')
        >>> NetworkSpec.from_yaml(network.to_yaml()) == network
        True
    """

    input: Shape
    ops: tuple[Op, ...]
    norm: BatchNorm = BatchNorm()
    name: str = field(default="network", compare=False)
    padding: Padding = "symmetric"
    weights: PublishedWeights | None = field(default=None, compare=False)
    head: Head | None = None

    def __post_init__(self) -> None:
        if not self.ops:
            raise ValueError(f"{self.name}: a network needs at least one layer.")
        for position, op in enumerate(self.ops if self.head else self.ops[:-1]):
            if op.is_head:
                raise ValueError(f"{self.name}, layer {position}: a {op.name} can only be the last layer.")
        check_padding(self.name, self.padding)
        _ = self.layers, self.head_layers

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        for position, op in enumerate(self.ops):
            with located(f"{self.name}, layer {position}"):
                layers.append(Layer(op, layers[-1].output if layers else self.input, self.padding))
        return tuple(layers)

    @cached_property
    def pieces(self) -> tuple[Layer, ...]:
        """All parts that are measured separately, in order."""
        return tuple(piece for layer in self.every_layer for piece in layer.pieces)

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """The places of the maps that the head reads."""
        with located(self.name):
            return self.head.taps(self.layers) if self.head else ()

    @cached_property
    def head_layers(self) -> Mapping[str, Layer]:
        """The operations of the head with their places, by name; none without a head."""
        if not self.head:
            return {}
        parts = self.head.parts([tap.shape for tap in self.taps], self.input)
        return {name: Layer(op, shape, self.padding) for name, (op, shape) in parts.items()}

    @property
    def every_layer(self) -> tuple[Layer, ...]:
        """The layers and then those of the head."""
        return (*self.layers, *self.head_layers.values())

    @property
    def params(self) -> int:
        """The number of all trainable parameters."""
        return sum(layer.params for layer in self.every_layer)

    @property
    def macs(self) -> int:
        """The number of multiply-adds for one image."""
        return sum(layer.macs for layer in self.every_layer)

    @property
    def classes(self) -> int:
        return self.head.classes if self.head else self.layers[-1].output.channels

    def build(self) -> nn.Sequential:
        """Builds the network with new weights from torch's generator, ``(N, 3, H, W)`` to ``(N, classes)``.

        With a head it returns what the head does; its weights come after those of the layers, which have the same names
        as without a head.
        """
        from torch import nn

        from mobilenas.ops.modules import initialize

        layers = [layer.build() for layer in self.layers]
        network = self._with_head(layers) if self.head else nn.Sequential(*layers)
        initialize(network, self.norm)
        return network

    def _with_head(self, layers: Sequence[nn.Module]) -> nn.Sequential:
        from mobilenas.network.heads.modules import WithHead

        assert self.head
        parts = {name: layer.build() for name, layer in self.head_layers.items()}
        head = self.head.wire(parts)
        return WithHead(layers, head, [(tap.layer, tap.part == "expansion") for tap in self.taps])

    def to_yaml(self) -> str:
        """Returns the text that ``from_yaml`` reads back, with one line for each operation."""
        fields = {"name": self.name, "input": asdict(self.input), "norm": asdict(self.norm)}
        head = yaml.safe_dump(
            fields | ({} if self.padding == "symmetric" else {"padding": self.padding}), sort_keys=False
        )
        last = f"head: {_flow(self.head.line())}\n" if self.head else ""
        return head + "layers:\n" + "".join(f"  - {yaml_line(op)}\n" for op in self.ops) + last

    @classmethod
    def from_yaml(cls, text: str, origin: str = "network") -> NetworkSpec:
        """Reads a network; ``origin`` names it in error messages.

        Raises:
            ValueError: the text is not a network; the error names the layer
        """
        return cls.from_dict(read_yaml(text, origin), origin)

    @classmethod
    def from_dict(cls, content: object, origin: str = "network") -> NetworkSpec:
        """Reads a network as ``from_yaml`` does, from the content of the YAML."""
        if not isinstance(content, Mapping):
            raise ValueError(f"{origin} must be a mapping with name, input, norm, padding, weights, layers and head.")
        keys = ("name", "input", "norm", "padding", "weights", "layers", "head")
        if not {"input", "layers"} <= content.keys() <= set(keys):
            found = ", ".join(map(str, content)) or "nothing"
            slips = _close(next((key for key in content if key not in keys), None), keys)
            may = ", ".join(("name", "norm", "padding", "weights", "head"))
            raise ValueError(f"{origin} needs input and layers, and may have {may}; found {found}{slips}.")
        if not isinstance(content["layers"], list | tuple) or not content["layers"]:
            raise ValueError(f"{origin}: layers must be a list of one or more operations.")
        name = name_of(origin) if content.get("name") is None else content["name"]
        if not isinstance(name, str) or not name:
            raise ValueError(f"{origin}: name must be a text, not {shown(name)}.")
        with located(origin):
            check_name(name, reserved=RESERVED)
            image = shape = construct(Shape, "input", content["input"])
            norm = construct(BatchNorm, "norm", content.get("norm", {}))
            check_padding("network", padding := content.get("padding", "symmetric"))
            weights = construct(PublishedWeights, "weights", content["weights"]) if content.get("weights") else None
        ops: list[Op] = []
        known = operations()
        for position, line in enumerate(content["layers"]):
            with located(f"{origin}, layer {position}"):
                ops.append(_parse(line, shape, known))
                shape = ops[-1].output(shape)
        with located(origin):
            head = _parse_head(content["head"]) if content.get("head") is not None else None
            network = cls(image, tuple(ops), norm, name, padding, weights, head)
            network.check_size()
        return network

    def check_size(self) -> None:
        """Raises ValueError if the network is so large that it would swallow the machine."""
        if self.params > MOST_PARAMETERS:
            raise ValueError(f"{self.name} has {self.params:,} parameters, more than {MOST_PARAMETERS:,}.")
        if self.macs > MOST_MACS:
            raise ValueError(f"{self.name} has {self.macs:,} multiply-adds, more than {MOST_MACS:,}.")

    @classmethod
    def from_settings(cls, content: Mapping[str, object], place: str) -> NetworkSpec:
        """Reads the network of a group of settings, as in ``conf/network``; raises ValueError as ``from_yaml`` does."""
        return cls.from_dict(content, place)

    @classmethod
    def load(cls, path: Path) -> NetworkSpec:
        """Reads a YAML file; raises ValueError as ``from_yaml`` does, and OSError if the file cannot be read."""
        return cls.from_dict(read_yaml_file(path), str(path))


def _parse(line: object, input: Shape, known: Mapping[str, Callable[[Mapping[str, object], Shape], Op]]) -> Op:
    found = line.get("op") if isinstance(line, Mapping) else line
    if not isinstance(line, Mapping) or found not in list(known):
        raise ValueError(f"operation {found!r} is unknown{_close(found, known)}; choose from {', '.join(known)}.")
    return known[found]({name: value for name, value in line.items() if name != "op"}, input)


def _parse_head(line: object) -> Head:
    found, known = line.get("op") if isinstance(line, Mapping) else line, heads()
    if not isinstance(line, Mapping) or found not in list(known):
        raise ValueError(f"head {found!r} is unknown{_close(found, known)}; choose from {', '.join(known)}.")
    return known[found].parse({name: value for name, value in line.items() if name != "op"})


def yaml_line(op: Op) -> str:
    """Returns the line of an operation in a network's YAML, without its dash."""
    return _flow(op.line())


def _flow(line: Mapping[str, object]) -> str:
    """Returns a mapping as one line of YAML."""
    text: str = yaml.safe_dump(dict(line), sort_keys=False, default_flow_style=True, width=1000)
    return text.strip()


def _close(found: object, known: Iterable[str]) -> str:
    """Returns the question whether a name that is close was meant, if there is one."""
    close = get_close_matches(found, list(known), 1) if isinstance(found, str) else []
    return f" (did you mean {close[0]!r}?)" if close else ""
