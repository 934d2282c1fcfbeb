"""Says which output of a network is which class folder."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.files.class_names import read_names


def output_classes(network: NetworkWithWeights, folders: Sequence[str], names: Path | None = None) -> tuple[str, ...]:
    """Returns the name of each output, in order; every folder is one of them.

    They are those of the file, otherwise those that the weights know, otherwise ImageNet's, if the folders have its
    names, otherwise the folders in alphabetical order.

    Args:
        network: the network
        folders: names of the class folders, in alphabetical order
        names: a file with one name a line

    Raises:
        ValueError: the names are not known, or a folder is not among them
    """
    count = network.spec.classes
    if names is not None:
        classes, origin = read_names(names), str(names)
        if network.classes and classes != network.classes and set(classes) == set(network.classes):
            raise ValueError(f"{names} has the classes of {network.origin} in another order: leave out --classes.")
    elif network.classes is not None:
        classes, origin = network.classes, network.origin
    elif count == 1000 and all(re.fullmatch(r"n\d{8}", one) for one in folders):
        classes, origin = _imagenet(), "ImageNet"
    else:
        classes, origin = tuple(folders), "the data"
    if len(classes) != count:
        raise ValueError(
            f"{network.spec.name} has {count} outputs, and {origin} has {len(classes)} classes: give --classes with a"
            " file that names the class of each output, one a line."
        )
    for folder in folders:
        if folder not in classes:
            raise ValueError(_unknown(folder, classes, origin))
    return classes


def _imagenet() -> tuple[str, ...]:
    """Returns the WordNet ids of ImageNet's classes in the order of their labels."""
    from timm.data.imagenet_info import ImageNetInfo

    known = ImageNetInfo("imagenet-1k")
    return tuple(known.index_to_label_name(label) for label in range(1000))


def _unknown(folder: str, classes: Sequence[str], origin: str) -> str:
    close = get_close_matches(folder, classes, 1)
    known = (
        f"did you mean {close[0]!r}"
        if close
        else f"its classes are {', '.join(classes[:5])}" + " ..." * (len(classes) > 5)
    )
    return (
        f"The folder {folder!r} is no class of {origin} ({known}): rename it, or give --classes with a file that names"
        " the class of each output, one a line."
    )
