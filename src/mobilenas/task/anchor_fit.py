"""Says how well a detector's anchors fit the objects of a data set, before it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import torch
from torch import Tensor

from mobilenas.network.heads import SSDLite
from mobilenas.network.spec import NetworkSpec
from mobilenas.task.anchors import anchors_of
from mobilenas.task.ssd import MATCHING

MOST_UNFIT = 0.1
"""The largest share of a class's objects without an anchor of their size that nothing is said about."""

SCALES = (0.03, 0.04, 0.05, 0.07, 0.1, 0.14, 0.2, 0.28)
FIRST = (3, 6)
"""The scales and the numbers of anchors of the first map that are tried instead."""


def unfit_anchors(network: NetworkSpec, sizes: Tensor, labels: Tensor, classes: Sequence[str]) -> str:
    """Returns a sentence, with better settings, if too many objects of a class have no anchor of their size.

    Args:
        network: the network; one without anchors has none that could be unfit
        sizes: width and height of each object, as shares of its image, ``(n, 2)``
        labels: the class of each object, ``(n,)``
        classes: the names of the classes
    """
    if not isinstance(network.head, SSDLite) or not len(sizes):
        return ""
    of_classes = {name: sizes[labels == label] for label, name in enumerate(classes) if (labels == label).any()}
    shares = {name: unfit_share(network, own) for name, own in of_classes.items()}
    worst = max(shares, key=lambda name: shares[name])
    if shares[worst] <= MOST_UNFIT:
        return ""
    said = (
        f"{shares[worst]:.0%} of the training objects of the class {worst!r} have another size or shape than all"
        f" anchors of {network.name}: no anchor overlaps them by half, even with the same middle, so that they are hard"
        " to learn"
    )
    heads = [
        replace(network.head, least_scale=scale, anchors=(first, *network.head.anchors[1:]))
        for scale, first in product(SCALES, FIRST)
        if scale < network.head.most_scale
    ]
    others = [max(unfit_share(replace(network, head=head), own) for own in of_classes.values()) for head in heads]
    share, head = min(zip(others, heads, strict=True), key=lambda pair: pair[0])
    if share >= shares[worst]:
        return f"{said}."
    anchors = ",".join(map(str, head.anchors))
    return f"{said}; with task.least_scale={head.least_scale:g} task.anchors=[{anchors}] it is {share:.0%} at most."


def unfit_share(network: NetworkSpec, sizes: Tensor) -> float:
    """Returns the share of objects that no anchor overlaps enough, even if both have the same middle.

    Args:
        network: the detector
        sizes: width and height of each object, as shares of its image, ``(n, 2)``
    """
    anchors = anchors_of(network)
    sides = torch.tensor([network.input.width, network.input.height])
    shares = ((anchors[:, 2:] - anchors[:, :2]) / sides * 1e4).round()
    known = torch.tensor(sorted(set(map(tuple, shares.tolist())))) / 1e4
    common = torch.minimum(sizes[:, None], known).prod(2)
    overlap = common / (sizes.prod(1)[:, None] + known.prod(1) - common)
    return float((overlap.amax(1) < MATCHING).double().mean())
