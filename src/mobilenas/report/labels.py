"""What is written on a layer's block: ``E6 K5 SE`` for expansion ratio 6, kernel 5 and SE (MoGA, Fig. 8)."""

from mobilenas.network.spec import Layer
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Pool, Shape


def short_label(layer: Layer) -> str:
    """A layer in a few letters; what a picture shows in another way, channels and strides, is left out."""
    op = layer.op
    if isinstance(op, MBConv):
        return _mbconv(op, layer.input)
    if isinstance(op, Conv):
        return f"conv K{op.kernel}{_groups(op.groups)}"
    if isinstance(op, ConvBlock):
        return f"conv K{op.kernel}{' SE' if op.se else ''}"
    if isinstance(op, Pool):
        return f"{op.mode} pool K{op.kernel}"
    if isinstance(op, Classifier):
        return " → ".join(["pool", *map(str, filter(None, (op.hidden, op.classes)))])
    return op.name


def expansion_ratio(op: MBConv, input: Shape) -> float:
    """Channels between the 1x1 convolutions over those of the input; 1 where there is no expansion."""
    return (op.expanded or input.channels) / input.channels


def _mbconv(op: MBConv, input: Shape) -> str:
    first = f"E{round(expansion_ratio(op, input), 1):g}" if op.expanded else "sep"
    return f"{first} K{op.kernel}{_groups(op.groups)}{' SE' if op.se else ''}"


def _groups(groups: int) -> str:
    return f" G{groups}" if groups > 1 else ""
