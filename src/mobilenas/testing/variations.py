"""Operations that differ from one in a single field, and what their modules consist of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import TypeVar

from mobilenas.network import Layer
from mobilenas.ops import SqueezeExcite

T = TypeVar("T")

ACTIVATIONS = ("relu", "h_swish")


def unless_refused(answer: Callable[[], T]) -> T | None:
    """What an operation answers; None where it says in a sentence that it does not."""
    try:
        return answer()
    except ValueError:
        return None


def structure(layer: Layer) -> str:
    """What the module consists of, but for what does nothing when it runs alone; no weight is drawn."""
    import torch

    with torch.device("meta"):
        lines = repr(layer.build()).splitlines()
    return "\n".join(line for line in lines if "Drop" not in line)


def activations(layer: Layer) -> set[str]:
    """Names of the non-linearities in the module, but for those of gates, which ``with_se`` changes."""
    import torch
    from torch import nn

    from mobilenas.ops.modules import ChannelGate

    kinds = {nn.ReLU: "relu", nn.ReLU6: "relu6", nn.Hardswish: "h_swish", nn.SiLU: "swish", nn.GELU: "gelu"}
    with torch.device("meta"):
        module = layer.build()
    gates = [part for part in module.modules() if isinstance(part, ChannelGate)]
    gated = {id(part) for gate in gates for part in gate.modules()}
    parts = [part for part in module.modules() if id(part) not in gated]
    return {name for part in parts for kind, name in kinds.items() if isinstance(part, kind)}


def variations(layer: Layer) -> Iterator[Layer]:
    """Layers whose operation differs in one field, as far as such an operation can be."""
    for one in fields(layer.op):
        for value in _others(getattr(layer.op, one.name)):
            try:
                other = Layer(replace(layer.op, **{one.name: value}), layer.input)
                structure(other)
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
            yield other


def with_other_activations(layer: Layer) -> list[Layer]:
    """Layers that differ in the field ``act`` alone; none where the operation has no such field."""
    if "act" not in {one.name for one in fields(layer.op)}:
        return []
    changed = [unless_refused(partial(replace, layer.op, act=act)) for act in ACTIVATIONS]
    return [Layer(op, layer.input) for op in changed if op is not None]


def _others(value: object) -> Iterator[object]:
    """Values that a field may have in place of its own."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value + 2, 2 * value, value / 2)
    elif isinstance(value, str):
        yield from (other for other in ("relu", "h_swish", "none", "max", "average", "pooling") if other != value)
    elif isinstance(value, tuple) and value:
        yield (*value[:-1], value[0]) if value[0] != value[-1] else (*value[:-1], "max_pool")
    elif value is None:
        yield from (3, 16, SqueezeExcite(of="input", ratio=0.5))
    elif is_dataclass(value) and not isinstance(value, type):
        yield None
        for one in fields(value):
            for other in _others(getattr(value, one.name)):
                with suppress(ValueError):
                    yield replace(value, **{one.name: other})
