"""The non-linearities of the five papers, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from torch import nn

# MobileNetV3 Sec. 5.2: h_swish(x) = x ReLU6(x + 3) / 6, hard_sigmoid(x) = ReLU6(x + 3) / 6.
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu": partial(nn.ReLU, inplace=True),
        "relu6": partial(nn.ReLU6, inplace=True),
        "h_swish": nn.Hardswish,
        "sigmoid": nn.Sigmoid,
        "hard_sigmoid": nn.Hardsigmoid,
        "none": nn.Identity,
    }
)


def check_activation(owner: str, name: str) -> None:
    """Raise ValueError for a name that is not in the table."""
    if name not in list(ACTIVATIONS):
        raise ValueError(f"{owner}: activation {name!r} is unknown; choose from {', '.join(ACTIVATIONS)}.")
