"""The images, the given network with its weights, and the space: what all stages of a run work on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobilenas.adaptation import WidthSpace, truncated
from mobilenas.data import ImageData
from mobilenas.network import NetworkSpec, scale_width
from mobilenas.pipeline.given import given_network, is_parent
from mobilenas.pipeline.teaching import teacher_of
from mobilenas.search_space import LayerwiseSpace, SearchSpace, around

if TYPE_CHECKING:
    from mobilenas.pipeline.settings import Settings
    from mobilenas.training.pretrained import Pretrained
    from mobilenas.training.teacher import Teacher

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What all stages of a run work on.

    Args:
        data: the images, normalized as the given weights need it
        space: the space that is measured and searched
        network: the network that is trained or made smaller without a search
        parent: the network that a search begins with
        weights: trained weights of the one or the other
        teacher: the network that teaches the networks
    """

    data: ImageData
    space: SearchSpace
    network: NetworkSpec | None = None
    parent: NetworkSpec | None = None
    weights: Pretrained | None = None
    teacher: Teacher | None = None


def parts_of_run(settings: Settings, data: ImageData) -> Parts:
    """Returns the parts that the settings describe; raises ValueError if one cannot be made."""
    parts = _untaught(settings, data)
    name = settings.recipe.teacher
    return replace(parts, teacher=teacher_of(name, parts.data)) if name else parts


def _untaught(settings: Settings, data: ImageData) -> Parts:
    classes, adaptation = len(data.classes), settings.netadapt
    network, weights = given_network(settings, classes, data.resolution), None
    if settings.weights and network is None:
        raise ValueError(
            f"weights={settings.weights} needs the network that was trained: add network=..., or network_file=..."
        )
    if settings.weights and network:
        network, weights, data = _with_weights(settings, network, data)
    if network is None:
        return Parts(data, settings.search_space.space(classes, data.resolution))
    if is_parent(settings):
        inheriting = _computing_as(around(settings.search_space, network).space(classes, data.resolution), network)
        return Parts(data, inheriting, parent=network, weights=weights)
    widths = WidthSpace(network, adaptation.divisor, _at_all_widths(network)) if adaptation else None
    if weights and not widths:
        widths = _own_widths(network)
    space = widths or around(settings.search_space, network).space(classes, data.resolution)
    return Parts(data, space, network, weights=weights)


def _own_widths(network: NetworkSpec) -> WidthSpace | None:
    """Returns the widths of a network with given weights, on which its latency table is fitted; None if it has none.

    Without weights the table is that of ``search_space``, which a paper's preset chooses for its network.
    """
    try:
        return WidthSpace(network, name=_at_all_widths(network))
    except ValueError:
        return None


def _at_all_widths(network: NetworkSpec) -> str:
    return f"{network.name} at all widths"


def _computing_as(space: SearchSpace, parent: NetworkSpec) -> SearchSpace:
    """Returns the space with the epsilon and the padding of its parent, with which the weights were trained."""
    if not isinstance(space, LayerwiseSpace):
        return space
    return replace(space, norm=replace(space.norm, eps=parent.norm.eps), padding=parent.padding)


def _of_scale(settings: Settings) -> str:
    """Says that the scale changes the network's channels, if it does."""
    scale = settings.scale
    if settings.network_file or (scale.width == 1 and scale.hidden == 1):
        return ""
    return f"scale={scale.name} makes the network {scale.width:g} times as wide, and scale=full leaves it as it is: "


def _with_weights(
    settings: Settings, network: NetworkSpec, data: ImageData
) -> tuple[NetworkSpec, Pretrained, ImageData]:
    """Returns a network as its weights need it, the weights, and the images as they need them.

    A width below 1 is for the network alone: the weights are those of the whole network, and lose channels as in
    NetAdapt.
    """
    from mobilenas.training.pretrained import pretrained

    assert settings.weights is not None
    width = settings.network_width
    if width < 1:
        network = given_network(replace(settings, network_width=1.0), len(data.classes), data.resolution) or network
    try:
        network, weights = pretrained(network, settings.weights, settings.seed, data.classes)
    except ValueError as error:
        raise ValueError(f"{_of_scale(settings)}{error}") from None
    if width < 1:
        whole, network = network, scale_width(network, width)
        weights = replace(weights, tensors=truncated(weights.tensors, whole, network, "projection"))
    if settings.data.normalization is None and weights.normalization:
        data = replace(data, given=weights.normalization)
    if settings.data.normalization is None and weights.normalization is None:
        log.warning(
            "%s does not say how its images were normalized: here they get mean 0 and deviation 1;"
            " data.normalization=imagenet, inception or six numbers says otherwise.",
            weights.origin,
        )
    if weights.new:
        log.info("%s: its last layer is new, because %s has other classes.", network.name, weights.origin)
    elif settings.recipe.head_epochs:
        log.warning(
            "recipe.head_epochs=%g has no effect, because the last layer of %s is not new.",
            settings.recipe.head_epochs,
            network.name,
        )
    return network, weights, data
