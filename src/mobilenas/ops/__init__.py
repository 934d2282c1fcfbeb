"""Operations: description, counts and module side by side."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mobilenas.ops.base import Op, Shape, make_divisible
from mobilenas.ops.classifier import Classifier
from mobilenas.ops.conv import Conv
from mobilenas.ops.mbconv import InvertedResidual, MBConv
from mobilenas.ops.pool import Pool
from mobilenas.ops.skip import Skip
from mobilenas.ops.squeeze_excite import ChannelGate, SqueezeExcite
from mobilenas.ops.weights import BatchNorm, prepare, zero_init_residuals

OPS: Mapping[str, Callable[[Mapping[str, Any], Shape], Op]] = MappingProxyType(
    {op.name: op.parse for op in (Conv, MBConv, Skip, Pool, Classifier)} | {"sepconv": MBConv.parse_sepconv}
)

__all__ = [
    "OPS",
    "BatchNorm",
    "ChannelGate",
    "Classifier",
    "Conv",
    "InvertedResidual",
    "MBConv",
    "Op",
    "Pool",
    "Shape",
    "Skip",
    "SqueezeExcite",
    "make_divisible",
    "prepare",
    "zero_init_residuals",
]
