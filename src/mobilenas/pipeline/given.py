"""Reads the given network, which is trained or made smaller."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.files.paths import path_of
from mobilenas.network import NetworkSpec, improve, resized, scale_width, set_classes, set_resolution

if TYPE_CHECKING:
    from mobilenas.pipeline.settings import Settings


def given_networks(
    settings: Settings, improvements: Sequence[str], classes: int, resolution: int
) -> tuple[NetworkSpec, ...]:
    """Returns the network to train if there is no search: from a file, at its own size, or a published network.

    It is improved before its size changes, because N of ``h_swish@N`` counts the published channels.
    """
    if not settings.network_file and not settings.network:
        return ()
    if {"supernet", "search"} & set(settings.stages):
        raise ValueError(
            "A run cannot both train a given network and search for others: leave out network, or leave out the stages"
            " supernet and search, for example with stages=[profile,retrain,report]."
        )
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
    return (scale_width(network, settings.network_width),)


def found_width(settings: Settings) -> float:
    """Returns the width of the networks that a search or NetAdapt finds; published networks have width 1."""
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
