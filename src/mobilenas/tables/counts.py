"""Counts a printed network."""

from dataclasses import dataclass

from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width, set_resolution
from mobilenas.ops import Shape
from mobilenas.tables.published import PrintedNetwork
from mobilenas.tables.tasks import printed_for_task


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


def printed_network(row: PrintedNetwork) -> NetworkSpec:
    """Returns the network that a row means."""
    network = load_network(row.network)
    if row.task:
        return printed_for_task(network, row.task, row.width)
    return scale_width(set_resolution(network, row.resolution), row.width)


def count(row: PrintedNetwork) -> Counts:
    """Returns the counts of the network of a row."""
    network = printed_network(row)
    # on a map of one pixel every weight is multiplied once
    weights = sum(layer.op.macs(Shape(layer.input.channels, 1, 1)) for layer in network.every_layer)
    return Counts(network.params, weights, network.macs)
