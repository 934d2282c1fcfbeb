"""What a printed network counts here."""

from dataclasses import dataclass

from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width, set_resolution
from mobilenas.tables.published import PrintedNetwork


@dataclass(frozen=True)
class Counts:
    """Of a network.

    Args:
        params: all trainable parameters
        weights: those of convolutions and linear layers, without biases and batch norms
        macs: multiply-adds for one image
    """

    params: int
    weights: int
    macs: int


def count(row: PrintedNetwork) -> Counts:
    """The counts of the network that a row means."""
    network = scale_width(set_resolution(load_network(row.network), row.resolution), row.width)
    pixel = set_resolution(network, 1)  # in whose multiply-adds every weight comes once
    return Counts(network.params, pixel.macs, network.macs)
