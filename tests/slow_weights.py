"""Weights of other widths and kernels, written channel by channel; for networks of conv, mbconv and classifier."""

from math import pi, sqrt

import torch
from torch import Tensor

from mobilenas.network import NetworkSpec
from mobilenas.ops import MBConv

Tensors = dict[str, Tensor]


def rectified_variance(scale: float, shift: float) -> float:
    """The variance of max(0, z) for a normal z, by the sum over a fine grid."""
    steps = 20_001
    points = torch.linspace(-12, 12, steps, dtype=torch.float64)
    density = torch.exp(-(points**2) / 2) / sqrt(2 * pi)
    share = density / density.sum()
    values = (shift + abs(scale) * points).clamp_min(0)
    mean = (share * values).sum()
    return float((share * (values - mean) ** 2).sum())


def expansion_squares(weights: Tensors, place: int) -> list[float]:
    """For each expanded channel of a block: its projection's squares times the variance that reaches them."""
    projection = weights[f"{place}.2.0.weight"]
    scales, shifts = weights[f"{place}.1.1.weight"].tolist(), weights[f"{place}.1.1.bias"].tolist()
    return [
        sum(float(one) ** 2 for one in projection[:, channel].flatten()) * rectified_variance(scale, shift)
        for channel, (scale, shift) in enumerate(zip(scales, shifts, strict=True))
    ]


def reader_squares(weights: Tensors, reader: str) -> list[float]:
    """For each channel: the sum of the squares of everything that reads it."""
    weight = weights[reader]
    return [sum(float(one) ** 2 for one in weight[:, channel].flatten()) for channel in range(weight.shape[1])]


def kept(squares: list[float], count: int) -> list[int]:
    """The places of the largest, in their order."""
    return sorted(sorted(range(len(squares)), key=lambda place: -squares[place])[:count])


def inherited_slowly(child: NetworkSpec, parent: NetworkSpec, weights: Tensors) -> Tensors:
    """The weights of a network whose blocks have other kernels, fewer expanded channels, or are left out."""
    found: Tensors = {}
    for place, (new, old) in enumerate(zip(child.ops, parent.ops, strict=True)):
        own = {name: tensor for name, tensor in weights.items() if name.startswith(f"{place}.")}
        if isinstance(new, MBConv) and isinstance(old, MBConv) and new.expanded and old.expanded:
            staying = kept(expansion_squares(weights, place), new.expanded)
            own = _cut(own, place, {"expanded": staying})
            own[f"{place}.1.0.weight"] = _with_kernel(own[f"{place}.1.0.weight"], new.kernel)
        found |= own if child.layers[place].takes_time else {}
    return found


def truncated_slowly(weights: Tensors, parent: NetworkSpec, child: NetworkSpec) -> Tensors:
    """The weights after one width became smaller: of one block's expansion, or of the bottleneck of blocks 1 and 2."""
    (place, *others) = [
        place for place, (one, other) in enumerate(zip(parent.ops, child.ops, strict=True)) if one != other
    ]
    new, old = child.ops[place], parent.ops[place]
    assert isinstance(new, MBConv) and isinstance(old, MBConv)
    if new.expanded != old.expanded:
        assert not others and new.expanded
        return _cut(weights, place, {"expanded": kept(expansion_squares(weights, place), new.expanded)})
    assert (place, others) == (1, [2])
    read = zip(reader_squares(weights, "2.0.0.weight"), reader_squares(weights, "3.0.weight"), strict=True)
    staying = kept([one + other for one, other in read], new.out)
    found = _cut(_cut(weights, 1, {"output": staying}), 2, {"input": staying, "output": staying})
    return found | {"3.0.weight": found["3.0.weight"][:, staying]}


def _cut(weights: Tensors, place: int, staying: dict[str, list[int]]) -> Tensors:
    """The weights where some axes of one block have fewer channels."""
    axes = {"0.0": ("expanded", "input"), "1.0": ("expanded", None), "2.0": ("output", "expanded")}
    norms = {"0.1": "expanded", "1.1": "expanded", "2.1": "output"}
    found = dict(weights)
    for part, (made, read) in axes.items():
        tensor = found[f"{place}.{part}.weight"]
        tensor = tensor[staying[made]] if made in staying else tensor
        found[f"{place}.{part}.weight"] = tensor[:, staying[read]] if read in staying else tensor
    for part, made in norms.items():
        for name in ("weight", "bias", "running_mean", "running_var") if made in staying else ():
            found[f"{place}.{part}.{name}"] = found[f"{place}.{part}.{name}"][staying[made]]
    return found


def _with_kernel(filters: Tensor, side: int) -> Tensor:
    """The centre of larger filters, or smaller ones with zeros around them, number by number."""
    found, off = torch.zeros(*filters.shape[:2], side, side), (side - filters.shape[-1]) // 2
    for row in range(side):
        for column in range(side):
            if 0 <= row - off < filters.shape[-1] and 0 <= column - off < filters.shape[-1]:
                found[:, :, row, column] = filters[:, :, row - off, column - off]
    return found
