"""One description of a network, and functions that read it or change it."""

from mobilenas.network.improvement import improve
from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import (
    Transform,
    resized,
    scale_hidden,
    scale_width,
    set_classes,
    set_resolution,
    unstride,
)

__all__ = [
    "Layer",
    "NetworkSpec",
    "Transform",
    "improve",
    "load_network",
    "network_names",
    "resized",
    "scale_hidden",
    "scale_width",
    "set_classes",
    "set_resolution",
    "unstride",
]
