"""Takes the weights of a network for a network with fewer channels (MobileNetV3 Sec. 4.2)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mobilenas.adaptation.head_weights import MapPlace, head_weights, squares_of_head
from mobilenas.adaptation.layer_weights import Keep, check_keep, kept_channels, layer_weights
from mobilenas.adaptation.widths import bottlenecks, tied_outputs
from mobilenas.network.layer import Layer
from mobilenas.network.parts import filter_squares, parts_of, wrong_cut
from mobilenas.network.spec import NetworkSpec


def truncated(weights: Mapping[str, Tensor], parent: NetworkSpec, child: NetworkSpec, keep: Keep) -> dict[str, Tensor]:
    """Returns the child's weights: the parent's weights of every channel that stays.

    Layers that a residual ties together keep the same channels: those that are largest over all these layers.

    Args:
        weights: the weights of the parent, as its module's ``state_dict``
        parent: a network
        child: the same network with fewer channels in some places
        keep: which channels stay

    Raises:
        ValueError: the child has other layers, or more channels, or ``keep`` is unknown
    """
    _check(parent, child, keep)
    kept = _kept_outputs(weights, parent, child, keep)
    found: dict[str, Tensor] = {}
    of_maps = dict[MapPlace, Tensor]()
    inputs = torch.arange(parent.input.channels)
    for place, (old, new) in enumerate(zip(parent.layers, child.layers, strict=True)):
        outputs = kept.get(place, inputs if old.op.carries else torch.arange(old.output.channels))
        axes = {"input": inputs, "output": outputs}
        own = {name: tensor for name, tensor in weights.items() if name.startswith(f"{place}.")}
        found |= own if old == new else layer_weights(own, f"{place}", old, new, axes, keep)
        inputs = of_maps[place, "output"] = outputs
        of_maps[place, "expansion"] = axes.get("expanded", torch.arange(old.op.widths().expansion or 0))
    return found | head_weights(weights, parent, child, of_maps, keep)


def _kept_outputs(
    weights: Mapping[str, Tensor], parent: NetworkSpec, child: NetworkSpec, keep: Keep
) -> dict[int, Tensor]:
    """Returns the channels that stay in each bottleneck and in each narrower output, for the layers that have it.

    A whole network can be narrower also where NetAdapt has no width to choose: in its stem and before its classifier.
    """
    kept, to_choose = dict[int, Tensor](), bottlenecks(parent)
    of_place = _read_squares if keep == "projection" else _made_squares
    for group in tied_outputs(parent):
        before, channels = (network.layers[group[0]].output.channels for network in (parent, child))
        if group in to_choose or channels < before:
            squares = torch.stack([of_place(weights, parent, place) for place in group])
            kept |= dict.fromkeys(group, kept_channels(squares.sum(0), channels, keep))
    return kept


def _made_squares(weights: Mapping[str, Tensor], network: NetworkSpec, place: int) -> Tensor:
    """Returns the squared norm of the filter that makes each channel of a layer's output."""
    layer = network.layers[place]
    if all(made != "output" for _, made in layer.op.cut(layer.input).axes):
        raise wrong_cut(layer, 'has no axes to "output"')
    first = next(part.name for part in parts_of(layer, f"{place}") if part.axes[1] == "output")
    return filter_squares(weights[f"{first}.weight"])


def _read_squares(weights: Mapping[str, Tensor], network: NetworkSpec, place: int) -> Tensor:
    """Returns the squared norm of the filters that read each channel of a layer's output; a gate does not count.

    After the last layer these are the filters of the head.
    """
    for later in range(place + 1, len(network.layers)):
        for part in parts_of(network.layers[later], f"{later}"):
            if part.axes[0] == "input" and part.axes[1] != "squeeze" and not part.is_norm:
                return filter_squares(weights[f"{part.name}.weight"].transpose(0, 1))
    if (squares := squares_of_head(weights, network, place)) is not None:
        return squares
    return _made_squares(weights, network, place)


def _is_wider(new: Layer, old: Layer) -> bool:
    before, after = old.op.cut(old.input).inner, new.op.cut(new.input).inner
    grows = any(after[axis] > before.get(axis, 0) for axis in after)
    return grows or new.input.channels > old.input.channels or new.output.channels > old.output.channels


def _check(parent: NetworkSpec, child: NetworkSpec, keep: str) -> None:
    check_keep(keep)
    pairs = list(zip(parent.layers, child.layers, strict=False))
    if len(parent.ops) != len(child.ops) or any(type(old.op) is not type(new.op) for old, new in pairs):
        raise ValueError(f"The layers of {child.name} are not those of {parent.name}: only widths can be truncated.")
    if parent.head != child.head:
        raise ValueError(f"The head of {child.name} is not that of {parent.name}: only widths can be truncated.")
    for place, (old, new) in enumerate(pairs):
        if old != new and _is_wider(new, old):
            raise ValueError(
                f"Layer {place} of {child.name} is wider than that layer of {parent.name}: a layer can only lose"
                " channels."
            )
