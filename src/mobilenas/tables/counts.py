"""Counts a printed network."""

from dataclasses import dataclass

from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width, set_resolution
from mobilenas.tables.published import PrintedNetwork


@dataclass(frozen=True)
class Counts:
    """The counts of a network.

    Args:
        params: all trainable parameters
        weights: weights of convolutions and linear layers, without biases and batch norms
        macs: multiply-adds for one image
    """

    params: int
    weights: int
    macs: int


def count(row: PrintedNetwork) -> Counts:
    """Returns the counts of the network of a row."""
    network = scale_width(set_resolution(load_network(row.network), row.resolution), row.width)
    pixel = set_resolution(network, 1)  # in whose multiply-adds every weight comes once
    return Counts(network.params, pixel.macs, network.macs)
