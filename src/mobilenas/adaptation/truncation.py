"""The weights of a network for one with fewer channels (MobileNetV3 Sec. 4.2)."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from mobilenas.adaptation.widths import bottlenecks
from mobilenas.network.spec import Layer, NetworkSpec
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Op

Keep = Literal["norm", "first"]
"""Which channels stay: those whose filters have the largest norm, or the first ones."""


def check_keep(keep: str) -> None:
    """Raise ValueError for a rule that is unknown."""
    if keep not in get_args(Keep):
        raise ValueError(f"truncation: keep is one of {', '.join(get_args(Keep))}, not {keep!r}.")


Axes = tuple[str, str]
"""Of a convolution or linear layer: what its input channels are, and its output channels."""


def truncated(weights: Mapping[str, Tensor], parent: NetworkSpec, child: NetworkSpec, keep: Keep) -> dict[str, Tensor]:
    """The child's weights: for every channel that stays, the parent's.

    Layers that a residual ties together keep the same channels, those of the largest norm over all of them.

    Args:
        weights: of the parent, as its module's ``state_dict``
        parent: a network
        child: the same with fewer channels in some places
        keep: which channels stay

    Raises:
        ValueError: the child has other layers, or more channels, or ``keep`` is unknown
    """
    _check(parent, child, keep)
    kept = _kept_bottlenecks(weights, parent, child, keep)
    found: dict[str, Tensor] = {}
    inputs = torch.arange(parent.input.channels)
    for place, (old, new) in enumerate(zip(parent.layers, child.layers, strict=True)):
        outputs = kept.get(place, _all(old.output.channels) if _changes_channels(old.op) else inputs)
        axes = {"input": inputs, "output": outputs}
        own = {name: tensor for name, tensor in weights.items() if name.startswith(f"{place}.")}
        found |= own if old == new else _layer(own, f"{place}", old, new, axes, keep)
        inputs = outputs
    return found


def _layer(
    weights: Mapping[str, Tensor], prefix: str, old: Layer, new: Layer, axes: dict[str, Tensor], keep: Keep
) -> dict[str, Tensor]:
    """The weights of one layer; ``axes`` holds what stays of its input and output, and learns the rest."""
    sizes = {"expanded": _expanded(new), "squeeze": _squeeze(new)}
    pairs = _axes(old.op)
    found, last = dict[str, Tensor](), "input"
    for name, module in _weighted(old.build(), prefix):
        if isinstance(module, nn.BatchNorm2d):
            chosen = {"weight": axes[last], "bias": axes[last]}
            chosen |= {"running_mean": axes[last], "running_var": axes[last]}
            found |= {f"{name}.{key}": weights[f"{name}.{key}"][index] for key, index in chosen.items()}
            found[f"{name}.num_batches_tracked"] = weights[f"{name}.num_batches_tracked"]
            continue
        of_input, last = next(pairs)
        weight = weights[f"{name}.weight"]
        if last not in axes:
            axes[last] = _largest(_squares(weight), sizes.get(last, len(weight)), keep)
        found[f"{name}.weight"] = weight[axes[last]][:, axes[of_input]] if of_input else weight[axes[last]]
        if f"{name}.bias" in weights:
            found[f"{name}.bias"] = weights[f"{name}.bias"][axes[last]]
    return found


def _axes(op: Op) -> Iterator[Axes]:
    """Of the convolutions and linear layers of an operation, in order; a depthwise convolution has no input axis."""
    if isinstance(op, MBConv):
        wide = "expanded" if op.expanded else "input"
        yield from [("input", wide)] if op.expanded else []
        yield "", wide
        yield from [(wide, "squeeze"), ("squeeze", wide)] if op.se else []
        yield wide, "output"
    elif isinstance(op, Classifier):
        yield from [("input", "hidden"), ("hidden", "output")] if op.hidden else [("input", "output")]
    else:
        yield "input", "output"
        yield from [("output", "squeeze"), ("squeeze", "output")] if isinstance(op, ConvBlock) and op.se else []


def _weighted(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, part in module.named_modules(prefix=prefix):
        if isinstance(part, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            yield name, part


def _kept_bottlenecks(
    weights: Mapping[str, Tensor], parent: NetworkSpec, child: NetworkSpec, keep: Keep
) -> dict[int, Tensor]:
    """For the layers whose output is a bottleneck the channels of it that stay."""
    kept: dict[int, Tensor] = {}
    for group in bottlenecks(parent):
        squares = torch.stack([_squares(_projection(weights, parent, place)) for place in group])
        channels = child.layers[group[0]].output.channels
        kept |= dict.fromkeys(group, _largest(squares.sum(0), channels, keep))
    return kept


def _projection(weights: Mapping[str, Tensor], network: NetworkSpec, place: int) -> Tensor:
    """The filters that make a layer's output."""
    layer = network.layers[place]
    names = [name for name, part in _weighted(layer.build(), f"{place}") if not isinstance(part, nn.BatchNorm2d)]
    outputs = [output for _, output in _axes(layer.op)]
    first = next(number for number, output in enumerate(outputs) if output == "output")
    return weights[f"{names[first]}.weight"]


def _squares(filters: Tensor) -> Tensor:
    """The squared norm of each filter."""
    return filters.flatten(1).square().sum(1)


def _largest(squares: Tensor, count: int, keep: Keep) -> Tensor:
    """The channels that stay, in their order."""
    if keep == "first" or count == len(squares):
        return torch.arange(count)
    return squares.argsort(descending=True, stable=True)[:count].sort().values


def _all(channels: int) -> Tensor:
    return torch.arange(channels)


def _changes_channels(op: Op) -> bool:
    return isinstance(op, Conv | ConvBlock | MBConv | Classifier)


def _expanded(layer: Layer) -> int:
    return (layer.op.expanded if isinstance(layer.op, MBConv) else None) or layer.input.channels


def _sizes(layer: Layer) -> tuple[int, ...]:
    return layer.output.channels, _expanded(layer), _squeeze(layer)


def _squeeze(layer: Layer) -> int:
    op = layer.op
    if isinstance(op, MBConv) and op.se:
        return op.se.squeeze(layer.input.channels, _expanded(layer))
    return op.se.squeeze(layer.input.channels, op.out) if isinstance(op, ConvBlock) and op.se else 0


def _check(parent: NetworkSpec, child: NetworkSpec, keep: str) -> None:
    check_keep(keep)
    pairs = list(zip(parent.layers, child.layers, strict=False))
    if len(parent.ops) != len(child.ops) or any(type(old.op) is not type(new.op) for old, new in pairs):
        raise ValueError(f"{child.name} has other layers than {parent.name}: only widths can be truncated.")
    for place, (old, new) in enumerate(pairs):
        sizes = zip(_sizes(old), _sizes(new), strict=True)
        if any(after > before for before, after in sizes):
            raise ValueError(f"{child.name}, layer {place}, is wider than {parent.name}'s: only less can be kept.")
