"""Operations: description, counts and module side by side."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mobilenas.ops.base import Op
from mobilenas.ops.classifier import Classifier
from mobilenas.ops.conv import Conv
from mobilenas.ops.conv_block import ConvBlock
from mobilenas.ops.drop_path import DropPath, set_drop_path
from mobilenas.ops.mbconv import MBConv
from mobilenas.ops.mixed import Mixed
from mobilenas.ops.norm import Norm
from mobilenas.ops.pool import Pool
from mobilenas.ops.residual import InvertedResidual, PooledResidual
from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.ops.skip import Skip
from mobilenas.ops.squeeze_excite import ChannelGate, SqueezeExcite
from mobilenas.ops.tree import MixedTree, TreeBlock
from mobilenas.ops.weights import BatchNorm, initialize, zero_init_residuals

OPS: Mapping[str, Callable[[Mapping[str, Any], Shape], Op]] = MappingProxyType(
    {op.name: op.parse for op in (Conv, ConvBlock, MBConv, TreeBlock, Norm, Skip, Pool, Classifier)}
    | {"sepconv": MBConv.parse_sepconv}
)

__all__ = [
    "OPS",
    "BatchNorm",
    "ChannelGate",
    "Classifier",
    "Conv",
    "ConvBlock",
    "DropPath",
    "InvertedResidual",
    "MBConv",
    "Mixed",
    "MixedTree",
    "Norm",
    "Op",
    "Pool",
    "PooledResidual",
    "Shape",
    "Skip",
    "SqueezeExcite",
    "TreeBlock",
    "initialize",
    "make_divisible",
    "set_drop_path",
    "zero_init_residuals",
]
