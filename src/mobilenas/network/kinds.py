"""Kinds of operations, by which reports split a network's time (MoGA, Fig. 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "Gemm": "linear",
        "MatMul": "linear",
        "AveragePool": "pooling",
        "GlobalAveragePool": "pooling",
        "MaxPool": "pooling",
        "Add": "elementwise",
        "Mul": "elementwise",
        "Clip": "elementwise",
        "HardSigmoid": "elementwise",
        "HardSwish": "elementwise",
        "Relu": "elementwise",
        "Sigmoid": "elementwise",
        "QuickGelu": "elementwise",
        "BatchNormalization": "normalization",
        "Resize": "resize",
        "Concat": "layout",
        "Flatten": "layout",
        "Reshape": "layout",
        "Pad": "layout",
        "Transpose": "layout",
        "ReorderInput": "layout",
        "ReorderOutput": "layout",
        "QuantizeLinear": "quantization",
        "DequantizeLinear": "quantization",
    }
)


def operation_kind(op: str, weight: Sequence[int] = ()) -> str:
    """Returns the kind of an ONNX operation.

    Args:
        op: its type, for example ``Conv``; a fused operation counts as its largest part, and one of 8 bits as the same
        weight: shape of a convolution's weight, ``(out, in / groups, height, width)``
    """
    if "Conv" not in op or len(weight) != 4:
        return KINDS.get(re.sub("^(Fused|QLinear|Q(?=Gemm))", "", op), "other")
    if weight[1] == 1 and weight[0] > 1:
        return "depthwise conv"
    return "conv 1x1" if tuple(weight[2:]) == (1, 1) else "conv kxk"


def module_kind(module: nn.Module) -> str:
    """Returns the kind of a leaf module."""
    from torch import nn

    if isinstance(module, nn.Conv2d):
        return operation_kind("Conv", module.weight.shape)
    return operation_kind(_modules().get(type(module), "Mul"))


@cache
def _modules() -> Mapping[type[nn.Module], str]:
    """Returns the ONNX operation of each class of modules."""
    from torch import nn

    from mobilenas.network.heads.modules import Bilinear, Flattened, Joined

    return {
        nn.Linear: "Gemm",
        nn.AdaptiveAvgPool2d: "GlobalAveragePool",
        nn.AvgPool2d: "AveragePool",
        nn.MaxPool2d: "MaxPool",
        nn.BatchNorm2d: "BatchNormalization",
        nn.ChannelShuffle: "Transpose",
        nn.Flatten: "Flatten",
        nn.ConstantPad3d: "Pad",
        Bilinear: "Resize",
        Joined: "Concat",
        Flattened: "Reshape",
    }
