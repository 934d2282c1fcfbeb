"""Gives a network the weights that a command's arguments mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from torch import Tensor, nn

from mobilenas.commands.networks import network_of
from mobilenas.data.marks import NO_MARKS, Marks
from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import read_about
from mobilenas.network import NetworkSpec, set_classes, set_resolution
from mobilenas.training.pretrained import Pretrained, pretrained
from mobilenas.training.pretrained.loading import read_source
from mobilenas.training.weights import ignored_labels


@dataclass(frozen=True, eq=False)
class NetworkWithWeights:
    """A network with all its weights.

    Args:
        spec: its description; the number of classes is that of the weights
        tensors: its weights by name
        normalization: how its images were normalized, if it is known
        classes: names of the classes in the order of its outputs, if they are known
        origin: where the weights come from, in words
        trained_on: the marks of the images that have trained them, if a run here did
        ignored: labels of mask pixels that their training ignored, if it is known
    """

    spec: NetworkSpec
    tensors: Mapping[str, Tensor]
    normalization: Normalization | None
    classes: tuple[str, ...] | None
    origin: str
    trained_on: Marks = field(default_factory=NO_MARKS.copy)
    ignored: tuple[int, ...] | None = None

    def build(self) -> nn.Sequential:
        """Returns the module with these weights, in eval mode."""
        module = self.spec.build()
        module.load_state_dict(dict(self.tensors))
        return module.eval()

    @property
    def about(self) -> dict[str, str]:
        """What an exported file tells of its images and its outputs, as JSON by name; what is not known is left out."""
        images = {"mean": self.normalization.mean, "std": self.normalization.std} if self.normalization else {}
        known = images | ({"classes": self.classes} if self.classes else {})
        return {name: json.dumps(value) for name, value in known.items()}

    def at_resolution(self, resolution: int | None) -> NetworkWithWeights:
        """Returns the same network for square color images of another side; None keeps its own.

        Raises:
            ValueError: its images would not have three channels; or not be square, although it has no head
        """
        spec = self.spec if resolution is None else set_resolution(self.spec, resolution)
        if spec.head is None and spec.input.height != spec.input.width:
            raise ValueError(f"{spec.name} takes images of {spec.input}, which are not square: give --resolution.")
        if spec.input.channels != 3:
            raise ValueError(f"{spec.name} takes images of {spec.input.channels} channels, and images here have 3.")
        return replace(self, spec=spec)


def network_with_weights(network: str, weights: str | None) -> NetworkWithWeights:
    """Returns a network with its weights.

    Args:
        network: a name in ``conf/network``, a YAML file, or the folder of a run or of one of its trained networks
        weights: what ``weights=`` of a run may be; with None they are those of the run's folder

    Raises:
        ValueError: the network or the weights cannot be found or read, or they do not fit
    """
    found = network_of(network)
    if weights is None and found.weights is None:
        raise ValueError(
            f"The weights of {network} are missing: give --weights with a file, the folder of a run, published,"
            " timm:NAME or torchvision:NAME."
        )
    spec, own = _with_its_classes(found.spec, str(found.weights) if weights is None else weights)
    about = _about(Path(own.origin))
    ignored = ignored_labels(about, Path(own.origin))
    if found.weights is None:
        spec = _at_trained_size(spec, about, own.origin)
    if own.classes is not None and len(own.classes) != spec.classes:
        raise ValueError(
            f"{own.origin} names {len(own.classes)} classes, and {spec.name} has {spec.classes} outputs: its metadata"
            " are damaged."
        )
    return NetworkWithWeights(spec, own.tensors, own.normalization, own.classes, own.origin, own.trained_on, ignored)


def _with_its_classes(spec: NetworkSpec, weights: str) -> tuple[NetworkSpec, Pretrained]:
    """Returns the network with as many outputs as its weights have, so that no layer of it is new."""
    network, found = pretrained(spec, weights)
    if not found.new:
        return network, found
    last = max((found.tensors[name] for name in found.new), key=Tensor.dim)
    shapes = {tuple(one.shape) for one in read_source(spec, weights).tensors.values()}
    for classes in sorted({shape[0] for shape in shapes if len(shape) > 1 and shape[1] == last.shape[1]}):
        network, other = pretrained(set_classes(spec, classes), weights)
        if not other.new:
            return network, other
    raise ValueError(f"{found.origin} has no last layer for {spec.name}: give weights with all layers.")


def _about(origin: Path) -> Mapping[str, str]:
    """Returns the texts beside weights."""
    return read_about(origin) if origin.is_file() and origin.suffix == ".safetensors" else {}


def _at_trained_size(spec: NetworkSpec, about: Mapping[str, str], origin: str) -> NetworkSpec:
    """Returns the network for images of the size that its weights were trained with, if their file tells it."""
    text = about.get("network")
    return replace(spec, input=NetworkSpec.from_yaml(text, f"the network in {origin}").input) if text else spec
