"""Takes the weights of a head for a backbone with fewer channels in the maps that the head reads."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from mobilenas.adaptation.layer_weights import Keep, layer_weights
from mobilenas.network.parts import filter_squares, parts_of
from mobilenas.network.spec import NetworkSpec

MapPlace = tuple[int, str]
"""The number of a layer, and which of its maps a head reads: its output, or the one after its expansion."""


def head_weights(
    weights: Mapping[str, Tensor],
    parent: NetworkSpec,
    child: NetworkSpec,
    of_maps: Mapping[MapPlace, Tensor],
    keep: Keep,
) -> dict[str, Tensor]:
    """Returns the weights of the child's head: the parent's, for the channels of its maps that stay.

    Args:
        weights: the weights of the parent
        parent: a network
        child: the same network with fewer channels in some places
        of_maps: the channels of each map that stay
        keep: which channels stay
    """
    found = dict[str, Tensor]()
    read = dict(_reads(parent))
    for name, old in parent.head_layers.items():
        prefix, new = f"{len(parent.ops)}.{name}", child.head_layers[name]
        own = {key: one for key, one in weights.items() if key.startswith(f"{prefix}.")}
        channels = of_maps[read[name]] if name in read else torch.arange(old.input.channels)
        axes = {"input": channels, "output": torch.arange(old.output.channels)}
        found |= own if old == new else layer_weights(own, prefix, old, new, axes, keep)
    return found


def squares_of_head(weights: Mapping[str, Tensor], network: NetworkSpec, layer: int) -> Tensor | None:
    """Returns the squared norm of the filters of the head that read each channel of a layer's output.

    It is None if no part of the head reads it by filters over all channels.
    """
    found = list[Tensor]()
    for name, place in _reads(network):
        if place != (layer, "output"):
            continue
        parts = parts_of(network.head_layers[name], f"{len(network.ops)}.{name}")
        readers = [part for part in parts if part.axes[0] == "input" and not part.is_norm]
        found += [filter_squares(weights[f"{part.name}.weight"].transpose(0, 1)) for part in readers[:1]]
    return torch.stack(found).sum(0) if found else None


def _reads(network: NetworkSpec) -> Iterator[tuple[str, MapPlace]]:
    """Yields the parts of a head that read a map of the backbone, with the place of the map."""
    if not network.head:
        return
    shapes = [tap.shape for tap in network.taps]
    for name, (_, shape) in network.head.parts(shapes, network.input).items():
        tap = next((tap for tap, own in zip(network.taps, shapes, strict=True) if own is shape), None)
        if tap:
            yield name, (tap.layer, tap.part)
