"""Finds the network that ``recipe.teacher`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.data import ImageData
from mobilenas.files.hashes import fingerprint
from mobilenas.files.paths import path_of
from mobilenas.network import NetworkSpec, load_network, network_names, set_classes, set_resolution
from mobilenas.settings.checks import located

if TYPE_CHECKING:
    from mobilenas.training.teacher import Teacher


def teacher_of(name: str, data: ImageData) -> Teacher:
    """Returns a teacher with its trained weights.

    Args:
        name: a network here whose description names its weights, the folder of a run, ``timm:NAME`` or
            ``torchvision:NAME``
        data: the images, which it must have been trained to tell apart

    Raises:
        ValueError: there is no such network, or it has other classes
    """
    with located(f"recipe.teacher={name}"):
        teacher = _of_library(name) if name.startswith(("timm:", "torchvision:")) else _of_network(name, data)
    teacher.check(len(data.classes))
    return teacher


def _of_library(name: str) -> Teacher:
    from mobilenas.files.tensors import tensors_fingerprint
    from mobilenas.training.pretrained.loading import READERS
    from mobilenas.training.teacher import Teacher

    library, _, model = name.partition(":")
    source = READERS[library](model)
    assert source.module is not None and source.normalization is not None
    classes = int(list(source.tensors.values())[-1].shape[0])
    about = fingerprint([name, tensors_fingerprint(source.tensors), source.normalization.six])
    return Teacher(source.module, classes, source.normalization, about)


def _of_network(name: str, data: ImageData) -> Teacher:
    from mobilenas.training.pretrained import pretrained
    from mobilenas.training.teacher import Teacher

    network, weights = _found(name)
    network = set_resolution(set_classes(network, len(data.classes)), data.resolution)
    network, found = pretrained(network, weights, classes=data.classes)
    if found.new:
        raise ValueError(
            f"{found.origin} was trained on other classes than {data.name}: fine-tune the teacher on these images"
            " first, and name the folder of that run."
        )
    module = network.build()
    module.load_state_dict(dict(found.tensors))
    normalization = found.normalization or data.normalization
    about = fingerprint([network.to_yaml(), found.fingerprint, normalization.six])
    return Teacher(module, network.classes, normalization, about, trained_on=found.trained_on)


def _found(name: str) -> tuple[NetworkSpec, str]:
    """Returns a network and what its ``weights=`` would be."""
    if name in network_names():
        if (network := load_network(name)).weights is None:
            raise ValueError(
                f"the description of {name} names no weights: name the folder of a run that has trained it, or another"
                " network."
            )
        return network, "published"
    from mobilenas.files.tensors import read_about
    from mobilenas.training.pretrained.files import weights_file

    path = path_of(name)
    if not path.exists():
        raise ValueError(
            "there is no such network and no such file: name a network of conf/network, the folder of a run,"
            " timm:NAME or torchvision:NAME."
        )
    file = weights_file(path) if path.is_dir() else path
    text = read_about(file).get("network") if file.suffix == ".safetensors" else None
    if text is None:
        raise ValueError(
            f"{file} does not describe its network: name the folder of a run that has trained it, or timm:NAME."
        )
    return NetworkSpec.from_yaml(text, f"the network in {file}"), str(file)
