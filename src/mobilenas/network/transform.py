"""Changes of a description: each takes a network and returns another network with the same number of layers."""

from collections.abc import Callable
from dataclasses import replace

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Op, Resolution, Shape
from mobilenas.settings.checks import check_count, check_factor, check_positive

Transform = Callable[[NetworkSpec], NetworkSpec]


def scale_width(network: NetworkSpec, width: float) -> NetworkSpec:
    """Multiplies all channels by ``width`` and rounds them to multiples of 8.

    The expanded channels follow from the scaled input and the old expansion ratio. Hidden layers after the pooling do
    not change. A width of 1 changes nothing.

        >>> from mobilenas.network import load_network, scale_width
        >>> half = scale_width(load_network("mobilenet_v2"), 0.5)
        >>> half.ops[0].out, half.params
        (16, 1968680)
    """
    check_factor(network.name, width=width)
    if width == 1:
        return network
    old = new = network.input
    ops: list[Op] = []
    for op in network.ops:
        ops.append(op.scaled(width, old, new))
        old, new = op.output(old), ops[-1].output(new)
    return replace(network, ops=tuple(ops))


def set_resolution(network: NetworkSpec, resolution: Resolution) -> NetworkSpec:
    """Returns the network for images of a resolution."""
    for pixels in (resolution,) if isinstance(resolution, int) else resolution:
        check_positive(network.name, resolution=pixels)
    return replace(network, input=Shape.image(resolution, network.input.channels))


def unstride(network: NetworkSpec, places: int) -> NetworkSpec:
    """Gives the first ``places`` strided operations stride 1, for small images."""
    check_count(network.name, unstrided=places)
    ops: list[Op] = []
    for layer in network.layers:
        strided = places > 0 and is_strided(layer)
        ops.append(layer.op.unstrided() if strided else layer.op)
        places -= strided
    return replace(network, ops=tuple(ops))


def set_classes(network: NetworkSpec, classes: int) -> NetworkSpec:
    """Returns the network with ``classes`` outputs, or with a head of as many classes."""
    if network.head:
        return replace(network, head=network.head.with_classes(classes))
    return replace(network, ops=(*network.ops[:-1], _head(network).with_classes(classes)))


def scale_hidden(network: NetworkSpec, width: float) -> NetworkSpec:
    """Multiplies the hidden layer of a classifier, which ``scale_width`` does not change."""
    check_factor(network.name, hidden=width)
    if network.head:
        return network
    head = _head(network)
    if width == 1:
        return network
    return replace(network, ops=(*network.ops[:-1], head.with_hidden_scaled(width)))


def is_strided(layer: Layer) -> bool:
    """Returns whether an operation has a stride above 1, or makes the map smaller without a stride."""
    return layer.op.stride > 1 or (not layer.op.is_head and layer.output.height < layer.input.height)


def _head(network: NetworkSpec) -> Op:
    head = network.ops[-1]
    if not head.is_head:
        raise ValueError(f"The last layer of {network.name} is {head.name}; it must be a classifier.")
    return head


def resized(
    network: NetworkSpec, classes: int, resolution: Resolution, width: float, hidden: float, unstrided: int
) -> NetworkSpec:
    """Returns the network at another size: all changes above at once."""
    network = unstride(set_resolution(set_classes(network, classes), resolution), unstrided)
    return scale_hidden(scale_width(network, width), hidden)
