"""What a supernet, or one network of its space, inherits from a trained network.

A smaller kernel takes the centre of the parent's. A larger one has the parent's in its centre, and zeros elsewhere. A
smaller expansion keeps the channels that add most to the block's output. Channels that the parent does not have are
new: their filters are random, and nothing that is inherited reads them, so that the block computes the same. A
depthwise convolution that the parent lacks passes its input on unchanged, and so does a new squeeze-and-excitation,
because its gate is open.
"""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mobilenas.network.layer import Layer
from mobilenas.network.parts import Part, largest, parts_of, projected_squares
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm
from mobilenas.ops.modules import initialize, zero_init_residuals
from mobilenas.search_space import LayerwiseSpace
from mobilenas.search_space.skeleton import counterparts


def inherited(space: LayerwiseSpace, parent: NetworkSpec, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Returns the tensors that a supernet begins with, by the names of its ``state_dict``.

    Args:
        space: the space of the supernet
        parent: a network whose skeleton agrees with the space's
        weights: the weights of the parent, as its module's ``state_dict``

    Raises:
        ValueError: the skeletons do not agree
    """
    found = dict[str, Tensor]()
    for position, place in enumerate(counterparts(space, parent)):
        for option, layer in enumerate(space.layers[position]):
            own = _of_layer(layer, space.norm, position, parent, place, weights)
            found |= {f"layers.{position}.{option}.{name}": tensor for name, tensor in own.items()}
    return found


def inherited_network(child: NetworkSpec, parent: NetworkSpec, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Returns the tensors that one network begins with: those of its path in a supernet that inherits.

    A part of its head begins with the parent's weights if it has the same input, otherwise with new ones.
    """
    alone = LayerwiseSpace(child.name, child.input, tuple((op,) for op in child.ops), child.norm, child.padding)
    found = inherited(alone, parent, weights)
    names = {name: name.split(".", 3) for name in found}
    tensors = {f"{place}.{own}": found[name] for name, (_, place, _, own) in names.items()}
    return tensors | _of_head(child, parent, weights)


def _of_head(child: NetworkSpec, parent: NetworkSpec, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    found = dict[str, Tensor]()
    for name, new in child.head_layers.items():
        prefix, before = f"{len(child.ops)}.{name}.", f"{len(parent.ops)}.{name}."
        if parent.head_layers.get(name) == new:
            own = {key.removeprefix(before): one for key, one in weights.items() if key.startswith(before)}
        else:
            own = _fresh(new, child.norm, len(child.ops)).state_dict()
        found |= {f"{prefix}{key}": one for key, one in own.items()}
    return found


def _of_layer(
    new: Layer, norm: BatchNorm, position: int, parent: NetworkSpec, place: int | None, weights: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Returns the tensors of one candidate."""
    old = None if place is None else parent.layers[place]
    own = {name.removeprefix(f"{place}."): one for name, one in weights.items() if name.startswith(f"{place}.")}
    if old and new.op == old.op:
        return own
    module = _fresh(new, norm, position)
    if not old or not old.takes_time:
        zero_init_residuals(module)
        return module.state_dict()
    return _Inheritance(new, old, own).into(module)


def _fresh(layer: Layer, norm: BatchNorm, position: int) -> nn.Module:
    """Returns the layer's module with random weights that only the layer and its position decide.

    So a supernet and a single network have the same ones, however many weights each of them has drawn before.
    """
    seed = int(hashlib.sha256(f"{position} {layer!r}".encode()).hexdigest()[:8], 16)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        module = layer.build()
        initialize(module, norm)
    return module


class _Inheritance:
    """What one layer takes from another one in its place.

    Args:
        new: the layer that inherits
        old: the layer whose weights are given
        weights: the weights of the old one's module
    """

    def __init__(self, new: Layer, old: Layer, weights: Mapping[str, Tensor]) -> None:
        self._new, self._weights = new, weights
        self._parts, self._old_parts = list(parts_of(new)), list(parts_of(old))
        self._sizes = new.op.cut(new.input).inner
        self._kept: dict[str, Tensor] = {}
        inner = old.op.cut(old.input).inner
        self._channels = {"input": old.input.channels, "output": old.output.channels, **inner}

    @torch.no_grad()
    def into(self, module: nn.Module) -> dict[str, Tensor]:
        """Fills the new layer's module, whose weights are random, and returns its tensors."""
        state: dict[str, Tensor] = module.state_dict()
        given = {(part.axes, part.is_norm): part.name for part in self._old_parts}
        for part in self._parts:
            if (part.axes, part.is_norm) in given:
                self._take(state, part, given[part.axes, part.is_norm])
            elif not part.is_norm:
                self._open(state, part)
        return state

    def _take(self, state: dict[str, Tensor], part: Part, old: str) -> None:
        """Takes one part's tensors: what is inherited stands before what is new, and reads nothing of it."""
        read, made = part.axes
        outputs = self._kept_of(made)
        for name in [name for name in state if name.rpartition(".")[0] == part.name]:
            tensor, given = state[name], self._weights.get(f"{old}.{name.rpartition('.')[2]}")
            if given is None:  # a bias
                tensor[: len(outputs)] = 0
            elif tensor.ndim == 0:  # the number of batches that a batch norm has seen
                tensor.copy_(given)
            elif tensor.ndim == 1:
                tensor[: len(outputs)] = given[outputs]
            else:
                taken = given[outputs][:, self._kept_of(read)] if self._is_whole(read, given) else given[outputs]
                tensor[: len(outputs)] = 0
                tensor[: len(outputs), : taken.shape[1]] = _like(tensor, taken)

    def _is_whole(self, read: str, weight: Tensor) -> bool:
        """Whether each filter reads the whole axis, neither a channel of its own nor a group."""
        return bool(read) and weight.shape[1] == self._channels[read]

    def _open(self, state: dict[str, Tensor], part: Part) -> None:
        """Lets a part that the parent does not have hand its input on."""
        read, _ = part.axes
        weight = state[f"{part.name}.weight"]
        if not read:
            nn.init.dirac_(weight, groups=len(weight))
        elif read == "squeeze" and self._new.op.se:
            weight.zero_()
            state[f"{part.name}.bias"].fill_(self._new.op.se.opening)

    def _kept_of(self, axis: str) -> Tensor:
        """Returns the old layer's channels that the new one has, in their order."""
        if axis not in self._kept:
            before = self._channels[axis]
            count = self._sizes.get(axis, before)
            self._kept[axis] = (
                torch.arange(before)
                if count >= before
                else largest(projected_squares(self._old_parts, self._weights, axis), count)
            )
        return self._kept[axis]


def _like(tensor: Tensor, filters: Tensor) -> Tensor:
    """Returns the centre of filters that are larger than a tensor's, or smaller filters with zeros around them."""
    if filters.ndim == 2:
        return filters
    return nn.functional.pad(filters, [(tensor.shape[-1] - filters.shape[-1]) // 2] * 4)
