"""The modules of the operations: all that needs torch, imported where one is built."""

from mobilenas.ops.modules.activation import ACTIVATIONS, ReLU6
from mobilenas.ops.modules.channel_gate import ChannelGate
from mobilenas.ops.modules.drop_path import DropPath, set_drop_path
from mobilenas.ops.modules.mixed import Mixed
from mobilenas.ops.modules.residual import InvertedResidual, PooledResidual, with_shortcut
from mobilenas.ops.modules.same import SameAvgPool2d, SameConv2d, SameMaxPool2d, pad_same
from mobilenas.ops.modules.tree import MixedTree, Tree, tree_parts
from mobilenas.ops.modules.weights import initialize, zero_init_residuals

__all__ = [
    "ACTIVATIONS",
    "ChannelGate",
    "DropPath",
    "InvertedResidual",
    "Mixed",
    "MixedTree",
    "PooledResidual",
    "ReLU6",
    "SameAvgPool2d",
    "SameConv2d",
    "SameMaxPool2d",
    "Tree",
    "initialize",
    "pad_same",
    "set_drop_path",
    "tree_parts",
    "with_shortcut",
    "zero_init_residuals",
]
