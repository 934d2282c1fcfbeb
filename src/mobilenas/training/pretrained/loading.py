"""Finds the weights that ``weights=`` means, and gives them to a network."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType

import torch
from torch import Tensor

from mobilenas.data.marks import NO_MARKS, Marks, in_text
from mobilenas.data.normalization import Normalization
from mobilenas.files.hashes import fingerprint
from mobilenas.files.paths import path_of
from mobilenas.files.tensors import tensors_fingerprint
from mobilenas.network import NetworkSpec, load_network, network_names, set_classes
from mobilenas.network.heads import Head
from mobilenas.network.published_weights import PUBLISHED, no_weights, six_numbers
from mobilenas.network.transform import Transform
from mobilenas.training.pretrained.files import read_file, read_folder, read_package
from mobilenas.training.pretrained.libraries import read_timm, read_torchvision
from mobilenas.training.pretrained.matching import Matched, head_of, matched
from mobilenas.training.pretrained.source import Source

log = logging.getLogger(__name__)

READERS: Mapping[str, Callable[[str], Source]] = MappingProxyType(
    {"timm": read_timm, "torchvision": read_torchvision, "package": read_package}
)
"""Reads the weights that a text means, by the letters before its colon."""

TOLERANCE = 1e-3
"""The largest difference from a library's outputs, as a share of the largest output, that rounding makes."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """Trained weights of a network.

    Args:
        tensors: all tensors by the names of the network's ``state_dict``; those of a new layer are random
        new: names of the tensors of the last layer if it is new, because the classes are others
        normalization: how the images were normalized, if it is known
        classes: names of the classes in the order of the outputs, if they are known and the last layer is not new
        origin: names the weights in messages
        trained_on: the marks of the images that have trained them, if they are a run's here
    """

    tensors: Mapping[str, Tensor]
    new: tuple[str, ...]
    normalization: Normalization | None
    classes: tuple[str, ...] | None
    origin: str
    trained_on: Marks = field(default_factory=NO_MARKS.copy)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the tensors and the marks; the identity of a run and several of its stages ask for it."""
        tensors = tensors_fingerprint(self.tensors)
        return fingerprint([tensors, in_text(self.trained_on)]) if len(self.trained_on) else tensors


def pretrained(
    network: NetworkSpec,
    weights: str,
    seed: int = 0,
    classes: Sequence[str] | None = None,
    with_head: Transform | None = None,
) -> tuple[NetworkSpec, Pretrained]:
    """Returns a network with its trained weights.

    What the weights were trained with and a shape cannot tell is taken from them where they say it: epsilon of the
    batch norms, and padding. A library's network is run beside this one, and both must compute the same.

    Args:
        network: the network
        weights: ``published``; ``timm:NAME``, ``torchvision:NAME`` or ``package:NAME``; a file, or a run's folder
        seed: seed of a last layer for other classes
        classes: names of the classes, by which the last layer is compared if the weights know their own
        with_head: gives the network a head, if the weights are those of a network with a head

    Returns:
        the network, with the epsilon and the padding of the weights, and its weights

    Raises:
        ValueError: the weights cannot be found or read, or they are those of another network
    """
    source = read_source(network, weights)
    if with_head and source.network and source.network.head:
        network = with_head(network)
        _check_head(network, source.network, source.origin)
    network = _as_trained(network, source)
    found = _for_classes(network, matched(network, source), source.classes, classes)
    if source.module is not None:
        _check_outputs(network, source)
    if source.network is not None:
        _check_layers(network, source.network, source.origin)
    tensors = _complete(network, found, seed)
    classes = None if found.new else source.classes
    return network, Pretrained(tensors, found.new, source.normalization, classes, source.origin, source.trained_on)


def _for_classes(
    network: NetworkSpec, found: Matched, known: Sequence[str] | None, classes: Sequence[str] | None
) -> Matched:
    """Returns the weights with the last layer for these classes: in their order, or a new one if they are others.

    A head is new if the order of its classes is another one.
    """
    if found.new or known is None or classes is None or tuple(known) == tuple(classes):
        return found
    head = head_of(network, found.tensors)
    if network.head or sorted(known) != sorted(classes):
        return Matched({name: one for name, one in found.tensors.items() if name not in head}, head)
    order = [list(known).index(name) for name in classes]
    return Matched({name: one[order] if name in head else one for name, one in found.tensors.items()}, ())


def read_source(network: NetworkSpec, weights: str) -> Source:
    """Returns the weights that a text means, as they were found; raises ValueError as ``pretrained`` does."""
    if weights == PUBLISHED:
        return _published(network)
    prefix, colon, name = weights.partition(":")
    if colon and prefix in READERS and not name:
        raise ValueError(f"weights={weights} has no name after the colon: write for example timm:mobilenetv2_100.")
    if colon and prefix in READERS:
        return READERS[prefix](name)
    path = path_of(weights)
    if path.is_dir():
        return read_folder(path)
    if not path.exists():
        raise ValueError(no_weights(weights))
    if not path.is_file():
        raise ValueError(f"weights={weights} is not a file: give a file of weights, or the folder of a run.")
    return read_file(path)


def _published(network: NetworkSpec) -> Source:
    about = network.weights
    if about is None:
        others = (name for name in network_names() if name != network.name)
        known = ", ".join(name for name in others if load_network(name).weights)
        raise ValueError(
            f"The description of {network.name} names no weights: give weights=timm:NAME, torchvision:NAME or a file,"
            f" or choose one of {known}."
        )
    source = read_source(network, about.source)
    source = replace(source, eps=source.eps or network.norm.eps, padding=source.padding or network.padding)
    if about.normalization is None:
        return source
    six = six_numbers("normalization", about.normalization)
    return replace(source, normalization=Normalization.of(six))


def _as_trained(network: NetworkSpec, source: Source) -> NetworkSpec:
    """Returns the network with the epsilon and the padding that the weights were trained with."""
    eps, padding = source.eps or network.norm.eps, source.padding or network.padding
    if source.eps is None or source.padding is None:
        log.warning(
            "%s does not say what it was trained with: epsilon %g of the batch norms and padding=%s are those of %s;"
            " if others are right, give a description of the network (network_file=...) that has them.",
            source.origin,
            eps,
            padding,
            network.name,
        )
    changes = [
        f"{name} {now} instead of {before}"
        for name, now, before in (("epsilon", eps, network.norm.eps), ("padding", padding, network.padding))
        if now != before
    ]
    if changes:
        log.info("%s takes what %s was trained with: %s", network.name, source.origin, ", ".join(changes))
    return replace(network, norm=replace(network.norm, eps=eps), padding=padding)


def _complete(network: NetworkSpec, found: Matched, seed: int) -> dict[str, Tensor]:
    """Returns the network's whole state: what was found, a new last layer from the seed, and counters at zero."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = _fresh_last(network)
    with torch.device("meta"):
        state = network.build().state_dict()
    new = {name: fresh[name] for name in found.new}
    return {name: found.tensors.get(name, new.get(name, torch.zeros((), dtype=torch.int64))).clone() for name in state}


def _fresh_last(network: NetworkSpec) -> dict[str, Tensor]:
    """Returns new weights of the last layer or of the head, by the names of the network."""
    if network.head:
        return dict(network.build().state_dict())
    last = len(network.layers) - 1
    return {f"{last}.{name}": one for name, one in network.layers[-1].build().state_dict().items()}


def _check_head(network: NetworkSpec, trained: NetworkSpec, origin: str) -> None:
    """Raises ValueError unless both networks have the same head, apart from the classes."""
    own, other = network.head, set_classes(trained, network.classes).head
    if own != other:
        raise ValueError(
            f"{origin} was trained with the head {_head_in_words(other)}, and {network.name} has"
            f" {_head_in_words(own)}: give the same task and settings of task=, or weights of a network for"
            " classification, to which the head is added."
        )


def _head_in_words(head: Head | None) -> str:
    if head is None:
        return "none"
    named = (f"{one.name} {getattr(head, one.name)}" for one in fields(head) if one.name != "classes")
    return f"{head.name} ({', '.join(named)})"


def _check_layers(network: NetworkSpec, trained: NetworkSpec, origin: str) -> None:
    """Raises ValueError unless the network computes what the one does that the weights were trained with."""
    alike = replace(set_classes(trained, network.classes), input=network.input, padding=network.padding)
    if len(alike.every_layer) != len(network.every_layer):
        pairs = f"{len(alike.every_layer)} layers there, and {len(network.every_layer)} here"
    else:
        keys = enumerate(zip(alike.every_layer, network.every_layer, strict=True))
        others = (f"layer {place}: {a.key} there, and {b.key} here" for place, (a, b) in keys if a.key != b.key)
        pairs = next(others, "")
    if pairs:
        raise ValueError(
            f"{origin} was trained with a network that computes something else than {network.name} ({pairs}): choose"
            " the network that it was trained with."
        )


@torch.no_grad()
def _check_outputs(network: NetworkSpec, source: Source) -> None:
    """Raises ValueError unless the network computes what the library's does, with the library's classes."""
    assert source.module is not None
    own = set_classes(network, _outputs(source)) if network.layers[-1].op.is_head else network
    built = own.build().eval()
    built.load_state_dict(_complete(own, matched(own, source), 0))
    images = torch.rand(1, 3, own.input.height, own.input.width, generator=torch.Generator().manual_seed(0))
    wanted, found = source.module(images), built(images)
    difference = float((wanted - found).abs().max() / wanted.abs().max().clamp(min=1.0))
    if difference > TOLERANCE:
        raise ValueError(
            f"{network.name} computes something else than {source.origin} from the same weights (outputs differ by"
            f" {difference:.2g}): choose a network with its activations and squeeze-and-excitations."
        )


def _outputs(source: Source) -> int:
    """Returns the number of classes of a source."""
    return int(list(source.tensors.values())[-1].shape[0])
