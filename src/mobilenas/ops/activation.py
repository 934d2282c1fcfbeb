"""The names of the non-linearities of the five papers."""

from typing import Literal, get_args

Activation = Literal["relu", "relu6", "h_swish", "sigmoid", "hard_sigmoid", "none"]


def check_activation(owner: str, name: str) -> None:
    """Raise ValueError for a name that is unknown."""
    if name not in get_args(Activation):
        raise ValueError(f"{owner}: activation {name!r} is unknown; choose from {', '.join(get_args(Activation))}.")
