"""The weighted parts of a layer's module, and which of their channels matter most."""

from collections.abc import Iterator, Mapping
from math import pi, sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mobilenas.network.layer import Layer
from mobilenas.ops.widths import Axes


class Part(NamedTuple):
    """A convolution, a linear layer, or a batch norm.

    Args:
        name: of the module, with a prefix
        axes: of its channels; those of a batch norm are those of the convolution before it
        is_norm: whether it is a batch norm
    """

    name: str
    axes: Axes
    is_norm: bool


def parts_of(layer: Layer, prefix: str = "") -> Iterator[Part]:
    """Yields the weighted parts of a layer's module, in order; no weight is drawn.

    Raises:
        ValueError: its operation does not say which axes a part has
    """
    pairs, last = iter(layer.op.cut(layer.input).axes), ("", "input")
    with torch.device("meta"):
        module = layer.build()
    for name, part in module.named_modules(prefix=prefix):
        if isinstance(part, nn.Conv2d | nn.Linear):
            last = next(pairs, ("", ""))
            if not last[1]:
                raise wrong_cut(layer, f"has no axes for {name}")
        if isinstance(part, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            yield Part(name, last, isinstance(part, nn.BatchNorm2d))


def wrong_cut(layer: Layer, what: str) -> ValueError:
    """The error for an operation whose answer ``cut`` does not fit its module."""
    return ValueError(
        f"{layer.op.name}: its cut {what}; return the axes of every convolution and linear layer, in the module's"
        f" order, from {type(layer.op).__name__}.cut."
    )


def filter_squares(weight: Tensor) -> Tensor:
    """Returns the squared norm of the filter of each output channel."""
    return weight.flatten(1).square().sum(1)


def projected_squares(parts: list[Part], weights: Mapping[str, Tensor], axis: str) -> Tensor:
    r"""Returns, for each channel of an inner axis, the variance that it adds to the layer's output.

    It is the squared norm of what projects the channel, times the variance of the channel itself. With a batch norm
    (:math:`\gamma, \beta`) before its activation, the channel is :math:`\max(0, z), z \sim N(\beta, \gamma^2)`: a
    channel is not larger because its projection makes up for a small scale, and one that never changes adds nothing,
    because the next batch norm subtracts it. Without a batch norm all channels have the same variance. An axis that is
    not projected, as that of a squeeze-and-excitation, is weighed by its filters.
    """
    made = {part.axes: part.name for part in parts if not part.is_norm}
    if (axis, "output") not in made:
        first = next(name for axes, name in made.items() if axes[1] == axis)
        return filter_squares(weights[f"{first}.weight"])
    squares = filter_squares(weights[f"{made[axis, 'output']}.weight"].transpose(0, 1))
    norms = [part.name for part in parts if part.is_norm and part.axes[1] == axis]
    return squares * _rectified(*(weights[f"{norms[-1]}.{name}"] for name in ("weight", "bias"))) if norms else squares


def largest(squares: Tensor, count: int) -> Tensor:
    """Returns the channels with the largest numbers, in their order; the first of equal ones come first."""
    return squares.argsort(descending=True, stable=True)[:count].sort().values


def _rectified(scale: Tensor, shift: Tensor) -> Tensor:
    """Returns the variance of the positive part of a normal variable with these deviations and means."""
    deviation = scale.abs().clamp_min(1e-12)
    ratio = shift / deviation
    above, density = torch.special.ndtr(ratio), torch.exp(-(ratio**2) / 2) / sqrt(2 * pi)
    mean = shift * above + deviation * density
    square = (shift**2 + deviation**2) * above + shift * deviation * density
    variance: Tensor = square - mean**2
    return variance.clamp_min(0)
