"""The images, the given network with its weights, and the space: what all stages of a run work on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobilenas.adaptation import WidthSpace, truncated
from mobilenas.data import ImageData, TaskData
from mobilenas.network import NetworkSpec, scale_width
from mobilenas.ops import Resolution
from mobilenas.pipeline.given import given_network, is_parent
from mobilenas.pipeline.task_weights import with_new_head
from mobilenas.pipeline.teaching import teacher_of
from mobilenas.search_space import LayerwiseSpace, SearchSpace, around
from mobilenas.task import for_task

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

    data: TaskData
    space: SearchSpace
    network: NetworkSpec | None = None
    parent: NetworkSpec | None = None
    weights: Pretrained | None = None
    teacher: Teacher | None = None


def parts_of_run(settings: Settings, data: TaskData) -> Parts:
    """Returns the parts that the settings describe; raises ValueError if one cannot be made."""
    parts = _untaught(settings, data)
    if not (name := settings.recipe.teacher):
        return parts
    if not isinstance(parts.data, ImageData):
        raise ValueError(
            f"recipe.teacher={name} teaches the classes of images, and task={settings.task.name} learns"
            f" {settings.task.learns}: leave it out."
        )
    return replace(parts, teacher=teacher_of(name, parts.data))


def _untaught(settings: Settings, data: TaskData) -> Parts:
    check_learns(settings, data)
    task, classes, adaptation = settings.task, len(data.classes), settings.netadapt
    network, weights = given_network(settings, classes, resolution_of(data)), None
    if settings.weights and network is None:
        raise ValueError(
            f"weights={settings.weights} needs the network that was trained: add network=..., or network_file=..."
        )
    given = network
    if settings.weights and network:
        network, weights, data = _with_weights(settings, network, data)
    if network is None or given is None:
        return Parts(data, for_task(settings.search_space.space(classes, resolution_of(data)), task, classes))
    trained = network
    network = task.network(network, classes)
    if weights and network.head and not trained.head:
        weights = with_new_head(weights, trained, network, _seed_of_new(settings))
    if is_parent(settings):
        return Parts(data, _space_around(settings, given, trained, data), parent=network, weights=weights)
    widths = WidthSpace(network, adaptation.divisor, _at_all_widths(network)) if adaptation else None
    if (weights or network.head) and not widths:
        widths = _own_widths(network)
    space = widths or around(settings.search_space, network).space(classes, resolution_of(data))
    return Parts(data, space, network, weights=weights)


def check_learns(settings: Settings, data: TaskData) -> None:
    """Raises ValueError unless the data have what the task learns."""
    if data.learns == settings.task.learns:
        return
    others = {"classes": "data=image_folder", "boxes": "data=coco", "masks": "data=masks"}
    fitting = {"classes": "classification", "boxes": "detection", "masks": "segmentation"}
    raise ValueError(
        f"task={settings.task.name} learns {settings.task.learns}, and the images of {data.name} have {data.learns}:"
        f" add {others[settings.task.learns]} and data.root=..., or task={fitting[data.learns]}."
    )


def resolution_of(data: TaskData) -> Resolution:
    """Returns the resolution of the images: one number if they are square."""
    height, width = data.size
    return height if height == width else data.size


def _space_around(settings: Settings, network: NetworkSpec, trained: NetworkSpec, data: TaskData) -> SearchSpace:
    """Returns the space of a search that begins with a network, or with its weights.

    Args:
        settings: the settings of the run
        network: the network for classification
        trained: the same as the weights need it, perhaps with a head already
        data: the images
    """
    if network.head:
        raise ValueError(
            f"{network.name} has the head {network.head.name}, and a search begins with a network for classification,"
            " to which the task adds a head: leave out the head, and end its layers with a classifier."
        )
    classes = len(data.classes)
    space = around(settings.search_space, network).space(classes, resolution_of(data))
    return for_task(_computing_as(space, trained), settings.task, classes)


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


def _seed_of_new(settings: Settings) -> int:
    """Returns the seed of what the weights lack; runs that share a supernet share it too."""
    return settings.seed_of_supernet if is_parent(settings) else settings.seed


def _of_scale(settings: Settings) -> str:
    """Says that the scale changes the network's channels, if it does."""
    scale = settings.scale
    if settings.network_file or (scale.width == 1 and scale.hidden == 1):
        return ""
    return f"scale={scale.name} makes the network {scale.width:g} times as wide, and scale=full leaves it as it is: "


def _with_weights(settings: Settings, network: NetworkSpec, data: TaskData) -> tuple[NetworkSpec, Pretrained, TaskData]:
    """Returns a network as its weights need it, the weights, and the images as they need them.

    It has a head if a network with a head was trained. Otherwise it is still one for classification.

    A width below 1 is for the network alone: the weights are those of the whole network, and lose channels as in
    NetAdapt.
    """
    from mobilenas.training.pretrained import pretrained

    assert settings.weights is not None
    width, classes, seed = settings.network_width, len(data.classes), _seed_of_new(settings)
    if width < 1:
        network = given_network(replace(settings, network_width=1.0), classes, resolution_of(data)) or network
    try:
        network, weights = pretrained(
            network,
            settings.weights,
            seed,
            data.classes,
            lambda one: settings.task.network(one, classes),
        )
    except ValueError as error:
        raise ValueError(f"{_of_scale(settings)}{error}") from None
    if width < 1:
        whole, network = network, scale_width(network, width)
        weights = replace(weights, tensors=truncated(weights.tensors, whole, network, "projection"))
    if settings.data.normalization is None and weights.normalization:
        data = data.normalized(weights.normalization)
    if settings.data.normalization is None and weights.normalization is None:
        log.warning(
            "%s does not say how its images were normalized: here they get mean 0 and deviation 1;"
            " data.normalization=imagenet, inception or six numbers says otherwise.",
            weights.origin,
        )
    if weights.new:
        last = "head" if network.head or settings.task.heads else "last layer"
        log.info("%s: its %s is new, because %s has other classes.", network.name, last, weights.origin)
    elif settings.recipe.head_epochs:
        log.warning(
            "recipe.head_epochs=%g has no effect, because the last layer of %s is not new.",
            settings.recipe.head_epochs,
            network.name,
        )
    return network, weights, data
