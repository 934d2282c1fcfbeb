"""Photos that a network with its weights is run on, labelled by its outputs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from mobilenas.commands.labels import output_classes
from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.data.folders import list_images, subfolders
from mobilenas.data.images import FileImages
from mobilenas.data.labelled import LabelledImages
from mobilenas.data.normalization import Normalization
from mobilenas.network.published_weights import NORMALIZATIONS


@dataclass(frozen=True, eq=False)
class Photos:
    """Labelled photos of a folder.

    Args:
        folder: has a folder for each class
        labelled: the photos
        left_out: number of other things in the folder, by kind
    """

    folder: Path
    labelled: LabelledImages
    left_out: Mapping[str, int]


def photos_of(network: NetworkWithWeights, folder: Path, options: argparse.Namespace) -> Photos:
    """Returns the photos of a folder as a command's options ask for them.

    Args:
        network: the network that they are for
        folder: has a folder for each class
        options: ``center_share``, ``normalization`` and ``classes``

    Raises:
        ValueError: the folder, its classes or an option is wrong
    """
    folders = subfolders(folder)
    normalization = normalization_of_weights(options.normalization, network)
    classes = output_classes(network, folders, options.classes)
    listing = list_images(folder, {"scored": folder}, folders)
    listed = listing.images(network.spec.input.height, options.center_share)
    labels = torch.tensor([classes.index(name) for name in folders])[listed.labels]
    images = FileImages(listed.root, listed.names, labels, listed.size, listed.center_share)
    labelled = LabelledImages(images, torch.arange(len(labels)), classes, normalization)
    return Photos(folder, labelled, listing.left_out)


def check_center_share(share: float) -> None:
    """Raises ValueError unless it is a share of an image."""
    if not 0 < share <= 1:
        raise ValueError(f"--center-share must be above 0 and at most 1, not {share:g}.")


def normalization_of_weights(text: str | None, network: NetworkWithWeights) -> Normalization:
    """Returns the normalization of a text, or that of the network's weights.

    Raises:
        ValueError: it is unknown
    """
    if text is not None and text in NORMALIZATIONS:
        return Normalization.of(NORMALIZATIONS[text])
    if text is not None:
        try:
            return Normalization.of([float(one) for one in text.split(",")])
        except ValueError:
            raise ValueError(
                f"--normalization must be {', '.join(NORMALIZATIONS)} or six numbers, three means and three standard"
                f" deviations above 0 with commas between them and white as 1, not {text!r}."
            ) from None
    if network.normalization is None:
        raise ValueError(
            f"{network.origin} does not tell how its images were normalized: give --normalization imagenet, inception"
            " or six numbers."
        )
    return network.normalization
