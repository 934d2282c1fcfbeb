"""Photos that a network with its weights is run on, labelled by its outputs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mobilenas.commands.labels import output_classes
from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.data.folders import list_images, subfolders
from mobilenas.data.images import FileImages
from mobilenas.data.normalization import Normalization
from mobilenas.network.published_weights import NORMALIZATIONS


@dataclass(frozen=True, eq=False)
class Photos:
    """Labelled photos of a folder.

    Args:
        folder: has a folder for each class
        images: the photos; their labels are outputs of the network
        classes: name of each output
        normalization: of the images
        left_out: number of other things in the folder, by kind
    """

    folder: Path
    images: FileImages
    classes: tuple[str, ...]
    normalization: Normalization
    left_out: Mapping[str, int]

    def at(self, positions: Tensor) -> Photos:
        """Returns some of the photos."""
        images = self.images
        names, labels = np.asarray(images.names)[positions.numpy()], images.labels[positions]
        return replace(self, images=FileImages(images.root, names, labels, images.size, images.center_share))

    def spread(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """Returns the positions of some photos, of all classes alike, and those of all others.

        Args:
            count: number of photos; all of them if there are no more
            seed: draws them
        """
        order = torch.randperm(len(self.images.labels), generator=torch.Generator().manual_seed(seed))
        turns, labels = dict[int, int](), self.images.labels[order].tolist()
        turn = torch.tensor([turns.update({label: turns.get(label, -1) + 1}) or turns[label] for label in labels])
        order = order[torch.argsort(turn, stable=True)]
        return order[:count].sort().values, order[count:].sort().values


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
    normalization = _normalization(options.normalization, network)
    classes = output_classes(network, folders, options.classes)
    listing = list_images(folder, {"scored": folder}, folders)
    listed = listing.images(network.spec.input.height, options.center_share)
    labels = torch.tensor([classes.index(name) for name in folders])[listed.labels]
    images = FileImages(listed.root, listed.names, labels, listed.size, listed.center_share)
    return Photos(folder, images, classes, normalization, listing.left_out)


def check_center_share(share: float) -> None:
    """Raises ValueError unless it is a share of an image."""
    if not 0 < share <= 1:
        raise ValueError(f"--center-share must be above 0 and at most 1, not {share:g}.")


def _normalization(text: str | None, network: NetworkWithWeights) -> Normalization:
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
