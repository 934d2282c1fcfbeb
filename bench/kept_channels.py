"""What a narrower network still knows, by the rule that chooses its channels; there is no training.

``python -m bench.kept_channels PHOTOS``: PHOTOS has a folder for each of some classes of ImageNet, by its WordNet id.
EfficientNet-Lite0 with its published weights keeps a share of its channels, at 128 pixels. The statistics of its batch
norms are computed again from the photos. Prints top-1 for each rule of ``algorithm.fine_tuning.keep``.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor

from mobilenas.adaptation import WidthSpace, truncated
from mobilenas.adaptation.truncation import Keep
from mobilenas.commands.labels import output_classes
from mobilenas.commands.weights import network_with_weights
from mobilenas.data.folders import list_images, subfolders
from mobilenas.network import NetworkSpec
from mobilenas.training import recalibrate, top1

SHARES = (0.9, 0.8, 0.7, 0.6)
CUTS = (("expansion",), ("bottleneck",), ("expansion", "bottleneck"))
RESOLUTION = 128
CPU = torch.device("cpu")


def scored(network: NetworkSpec, weights: Mapping[str, Tensor], images: Tensor, labels: Tensor) -> float:
    """Returns the top-1 of a network whose batch norms have the statistics of the images."""
    module = network.build().eval()
    module.load_state_dict(dict(weights))
    shuffled = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    recalibrate(module, [(batch, labels) for batch in torch.split(images[shuffled], 125)], CPU)
    return top1(module, zip(torch.split(images, 100), torch.split(labels, 100), strict=True), CPU)


def main() -> None:
    photos = Path(sys.argv[1])
    known = network_with_weights("efficientnet_lite0", "published").at_resolution(RESOLUTION)
    folders = subfolders(photos)
    classes = output_classes(known, folders)
    listing = list_images(photos, {"scored": photos}, folders)
    labels = torch.tensor([classes.index(name) for name in folders])[listing.labels]
    pixels = listing.images(RESOLUTION, center_share=0.875).centered(range(len(labels)))
    assert known.normalization is not None
    images, _ = known.normalization([pixels, labels])
    space = WidthSpace(known.spec)
    sys.stdout.write(f"whole: {scored(known.spec, known.tensors, images, labels):.3f}\n")
    for kinds in CUTS:
        for share in SHARES:
            counts = [len(width.channels) for width in space.widths]
            kept = [
                max(0, round(count * share) - 1) if width.kind in kinds else count - 1
                for width, count in zip(space.widths, counts, strict=True)
            ]
            child = space.network(kept)
            figures = {
                rule: scored(child, truncated(known.tensors, known.spec, child, rule), images, labels)
                for rule in get_args(Keep)
            }
            said = ", ".join(f"{rule} {figure:.3f}" for rule, figure in figures.items())
            sys.stdout.write(f"{' and '.join(kinds)}, {share}: {said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
