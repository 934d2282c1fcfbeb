"""Takes the weights of one layer for a layer with fewer channels."""

from collections.abc import Mapping
from typing import Literal, get_args

import torch
from torch import Tensor

from mobilenas.network.layer import Layer
from mobilenas.network.parts import filter_squares, largest, parts_of, projected_squares, wrong_cut

Keep = Literal["projection", "norm", "first"]
"""Names the channels that stay. ``projection``: those whose readers have the largest filters; within a block the batch
norm counts too. ``norm``: those whose own filters have the largest norm. ``first``: the first ones."""


def check_keep(keep: str) -> None:
    """Raises ValueError if the rule is unknown."""
    if keep not in get_args(Keep):
        raise ValueError(f"truncation: keep must be one of {', '.join(get_args(Keep))}, not {keep!r}.")


def layer_weights(
    weights: Mapping[str, Tensor], prefix: str, old: Layer, new: Layer, axes: dict[str, Tensor], keep: Keep
) -> dict[str, Tensor]:
    """Returns the weights of one layer; ``axes`` holds the channels that stay, and gets those that are chosen here."""
    sizes, found, parts = new.op.cut(new.input).inner, dict[str, Tensor](), list(parts_of(old, prefix))
    for name, (of_input, last), is_norm in parts:
        if is_norm:
            chosen = {"weight": axes[last], "bias": axes[last]}
            chosen |= {"running_mean": axes[last], "running_var": axes[last]}
            found |= {f"{name}.{key}": weights[f"{name}.{key}"][index] for key, index in chosen.items()}
            found[f"{name}.num_batches_tracked"] = weights[f"{name}.num_batches_tracked"]
            continue
        if of_input and of_input not in axes:
            raise wrong_cut(old, f"reads {of_input!r} before it is made")
        weight = weights[f"{name}.weight"]
        if last not in axes:
            squares = projected_squares(parts, weights, last) if keep == "projection" else filter_squares(weight)
            axes[last] = kept_channels(squares, sizes.get(last, len(weight)), keep)
        found[f"{name}.weight"] = weight[axes[last]][:, axes[of_input]] if of_input else weight[axes[last]]
        if f"{name}.bias" in weights:
            found[f"{name}.bias"] = weights[f"{name}.bias"][axes[last]]
    return found


def kept_channels(squares: Tensor, count: int, keep: Keep) -> Tensor:
    """Returns the channels that stay, in their order."""
    if keep == "first" or count == len(squares):
        return torch.arange(count)
    return largest(squares, count)
