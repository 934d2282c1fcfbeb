"""Reads the published networks that a run is judged beside: ``baselines=[mobilenet_v2@0.5,mnasnet_a1]``."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from mobilenas.data import TaskData
from mobilenas.network import NetworkSpec, load_network, network_names, resized
from mobilenas.pipeline.parts import resolution_of
from mobilenas.settings.checks import located

if TYPE_CHECKING:
    from mobilenas.pipeline.settings import Settings

log = logging.getLogger(__name__)

PUBLISHED_BASELINES = (
    "mobilenet_v2@0.5", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large@0.75", "mobilenet_v3_large",
    "mnasnet_a1@0.5", "mnasnet_a1",
)  # fmt: skip
"""The networks of ``baselines=published``: what the five papers compare with, at several widths."""


def baseline_networks(settings: Settings, data: TaskData) -> tuple[NetworkSpec, ...]:
    """Returns the baselines of a run, at its scale, for its images and its task.

    At a small scale two widths may round to the same channels; then the second one is left out, with a warning.

    Raises:
        ValueError: a name is unknown, a width is not a number above 0, or the task cannot use the network
    """
    names = PUBLISHED_BASELINES if settings.baselines == "published" else settings.baselines
    found: dict[tuple[object, ...], NetworkSpec] = {}
    for name in dict.fromkeys(names):
        network = _network(name, settings, data)
        same = found.setdefault((network.ops, network.head), network)
        if same is not network:
            log.warning(
                "baselines: %s is left out, because it has the same channels as %s at scale=%s.",
                name,
                same.name,
                settings.scale.name,
            )
    return tuple(found.values())


def _network(text: str, settings: Settings, data: TaskData) -> NetworkSpec:
    name, at, width = text.partition("@")
    if name not in network_names():
        raise ValueError(
            f"baselines: {text!r} is no published network: write the name of a network, with a width if you like, as"
            f" in mobilenet_v2@0.5; the names are {', '.join(network_names())}."
        )
    scale, classes = settings.scale, len(data.classes)
    with located(f"baselines: {text}"):
        factor = _width(width) if at else 1.0
        network = resized(
            load_network(name), classes, resolution_of(data), scale.width * factor, scale.hidden, scale.unstrided
        )
        network = settings.task.network(network, classes)
    return replace(network, name=f"{name}-{factor:g}" if factor != 1 else name)


def _width(text: str) -> float:
    try:
        width = float(text)
    except ValueError:
        width = 0.0
    if not 0.01 <= width <= 10:
        raise ValueError(f"the width after the @ must be a number from 0.01 to 10, not {text!r}.")
    return width
