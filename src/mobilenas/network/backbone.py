"""From a network for classification to the backbone of a detector or segmenter (MobileNetV3, Sec. 6.3 and 6.4)."""

from dataclasses import replace
from typing import Literal

from mobilenas.network.spec import NetworkSpec
from mobilenas.network.taps import last_stride, stride_between
from mobilenas.ops import Conv, Op

STRIDE = 32  # of the last map of every network of the five papers

OutputStride = Literal[16, 32]
"""The image's side divided by that of the last map."""

Halving = Literal["none", "channels", "expansions"]
"""What is halved from the block with the last stride on: nothing; the channels of all blocks, and the expansions of the
blocks after it; or its own expansion, too."""


def without_classifier(network: NetworkSpec, last_conv: bool = True) -> NetworkSpec:
    """Returns the layers before the pooling.

    Args:
        network: a network for classification, or a backbone, which does not change
        last_conv: whether convolutions of 1x1 after the last block stay
    """
    ops = list(network.ops)
    if ops[-1].is_head:
        ops.pop()
        while ops and ops[-1].carries:  # poolings and batch norms before the classifier
            ops.pop()
        while not last_conv and len(ops) > 1 and _follows_the_blocks(ops[-1]):
            ops.pop()
    if not ops:
        raise ValueError(f"{network.name} has no layers before its classifier.")
    return replace(network, ops=tuple(ops), weights=None)


def _follows_the_blocks(op: Op) -> bool:
    """Whether it is a convolution of 1x1 that keeps the map; one with a stride stands for a block, as FBNet's skip."""
    return isinstance(op, Conv) and op.kernel == 1 and op.stride == 1


def dilated(network: NetworkSpec, output_stride: OutputStride) -> NetworkSpec:
    """Returns a backbone whose last map is ``output_stride`` times smaller than the image.

    A stride beyond it becomes 1, and the windows of the later layers are dilated by it, so that they see what they saw
    before (DeepLab's atrous convolution, Sec. 6.4).

    Raises:
        ValueError: a layer cannot be dilated
    """
    ops, stride, dilation = list[Op](), 1, 1
    for layer in network.layers:
        own = stride_between(layer.input, layer.output)
        op = layer.op.dilated(dilation) if dilation > 1 else layer.op
        if own > 1 and stride * own > output_stride:
            op, dilation = op.unstrided(), dilation * own
        else:
            stride *= own
        ops.append(op)
    return replace(network, ops=tuple(ops))


def halved(network: NetworkSpec, halving: Halving) -> NetworkSpec:
    """Returns a backbone with half the channels from the block that has the last stride on.

    Args:
        network: a backbone
        halving: what is halved

    Raises:
        ValueError: a layer there does not say which channels can be fewer
    """
    if halving == "none":
        return network
    first, ops = last_stride(network.layers), list(network.ops)
    for place in range(first, len(ops)):
        ops[place] = _narrow(ops[place], inner=place > first or halving == "expansions")
    if network.ops[first].widths().tied:  # its input keeps its channels
        ops[first] = ops[first].with_fitting_residual(network.layers[first].input)
    return replace(network, ops=tuple(ops))


def _narrow(op: Op, inner: bool) -> Op:
    if op.carries:
        return op
    expansion = op.widths().expansion
    if inner and expansion:
        op = op.with_expansion(expansion // 2)
    return op.with_output(op.out // 2) if hasattr(op, "out") else op
