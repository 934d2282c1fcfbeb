"""Operations: what they are, their counts and their modules; torch is imported only where one is built."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from mobilenas.ops.base import Op
from mobilenas.ops.batch_norm import BatchNorm
from mobilenas.ops.classifier import Classifier
from mobilenas.ops.conv import Conv
from mobilenas.ops.conv_block import ConvBlock
from mobilenas.ops.listed import by_name
from mobilenas.ops.mbconv import MBConv
from mobilenas.ops.norm import Norm
from mobilenas.ops.normed_classifier import NormedClassifier
from mobilenas.ops.padding import Padding
from mobilenas.ops.pool import Pool
from mobilenas.ops.shape import Resolution, Shape, Size, make_divisible
from mobilenas.ops.skip import Skip
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.ops.tree import TreeBlock
from mobilenas.ops.uib import UIB
from mobilenas.settings.packages import added

_KINDS: tuple[type[Op], ...] = (
    Conv,
    ConvBlock,
    MBConv,
    TreeBlock,
    UIB,
    Norm,
    Skip,
    Pool,
    Classifier,
    NormedClassifier,
)


@cache
def operations() -> Mapping[str, Callable[[Mapping[str, object], Shape], Op]]:
    """For each operation, by name, the function that reads its line of YAML; installed packages add theirs.

    Raises:
        ValueError: a package cannot be imported, or lists what is not a whole operation with a name of its own
    """
    own = [("mobilenas", op) for op in _KINDS]
    found = by_name([*own, *added("OPS")], taken={"sepconv": MBConv})
    return MappingProxyType({name: op.parse for name, op in found.items()} | {"sepconv": MBConv.parse_sepconv})


__all__ = [
    "UIB",
    "BatchNorm",
    "Classifier",
    "Conv",
    "ConvBlock",
    "MBConv",
    "Norm",
    "NormedClassifier",
    "Op",
    "Padding",
    "Pool",
    "Resolution",
    "Shape",
    "Size",
    "Skip",
    "SqueezeExcite",
    "TreeBlock",
    "make_divisible",
    "operations",
]
