"""Reads the given network: it is trained or made smaller, or a search begins with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.algorithm import Algorithm
from mobilenas.files.paths import path_of
from mobilenas.network import NetworkSpec, improve, resized, scale_width, set_classes, set_resolution
from mobilenas.ops import Resolution
from mobilenas.search_space import Around

if TYPE_CHECKING:
    from mobilenas.pipeline.settings import Settings


def given_network(settings: Settings, classes: int, resolution: Resolution) -> NetworkSpec | None:
    """Returns the given network, if there is one: from a file, at its own size, or a published network.

    It has no head for the run's task yet, unless its file has one.

    It is improved before its size changes, because N of ``h_swish@N`` counts the published channels.
    """
    if not settings.network_file and not settings.network:
        return None
    if not is_parent(settings) and {"supernet", "search"} & set(settings.stages):
        raise ValueError(
            "A run cannot both train a given network and search for others: leave out network, or leave out the stages"
            " supernet and search, for example with stages=[profile,retrain,report]; or add search_space=around to"
            " search around the network, or method.init=inherit to begin with its weights."
        )
    improvements = settings.improvements if is_improved(settings) else ()
    if settings.network_file:
        network = improve(_load(path_of(settings.network_file)), improvements)
        network = set_resolution(set_classes(network, classes), resolution)
    else:
        assert settings.network is not None
        scale = settings.scale
        network = improve(settings.network, improvements)
        network = resized(network, classes, resolution, scale.width, scale.hidden, scale.unstrided)
    if network.input.channels != 3:
        raise ValueError(
            f"{network.name} takes images of {network.input.channels} channels, and the images here have 3: set its"
            " input to 3 channels."
        )
    return scale_width(network, settings.network_width)


def is_parent(settings: Settings) -> bool:
    """Returns whether a search begins with the given network: around it, or with its weights."""
    begins = isinstance(settings.search_space, Around) or settings.method.init == "inherit"
    return begins and isinstance(settings.algorithm, Algorithm)


def is_improved(settings: Settings) -> bool:
    """Returns whether improvements change the given network, and not the networks that are found."""
    return not settings.netadapt and (not is_parent(settings) or isinstance(settings.search_space, Around))


def found_width(settings: Settings) -> float:
    """Returns the width of the networks that a search or NetAdapt finds; published networks have width 1."""
    if is_parent(settings) and not isinstance(settings.search_space, Around):
        return settings.search_space.width
    if settings.network_file:
        return settings.network_width
    if settings.network:
        return settings.scale.width * settings.network_width
    return settings.search_space.width


def _load(path: Path) -> NetworkSpec:
    try:
        return NetworkSpec.load(path)
    except OSError as error:
        raise ValueError(
            f"network_file={path} can't be read: {error.strerror}; give the path of a YAML file."
        ) from None
