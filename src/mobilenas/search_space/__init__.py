"""Search spaces, and their settings; each of the papers' spaces has a file with the paper's table."""

from mobilenas.search_space.around import Around, around
from mobilenas.search_space.base import SearchSpace
from mobilenas.search_space.blocks import Block, BlockSpace
from mobilenas.search_space.choice_blocks import LayerwiseSpace, layerwise
from mobilenas.search_space.fbnet import FBNet
from mobilenas.search_space.mnasnet import MnasNet
from mobilenas.search_space.mobilenet_v4 import MobileNetV4
from mobilenas.search_space.moga import MoGA
from mobilenas.search_space.proxyless_cifar import ProxylessCifar
from mobilenas.search_space.proxyless_mobile import ProxylessMobile
from mobilenas.search_space.settings import SkeletonSettings, SpaceSettings

__all__ = [
    "Around",
    "Block",
    "BlockSpace",
    "FBNet",
    "LayerwiseSpace",
    "MnasNet",
    "MoGA",
    "MobileNetV4",
    "ProxylessCifar",
    "ProxylessMobile",
    "SearchSpace",
    "SkeletonSettings",
    "SpaceSettings",
    "around",
    "layerwise",
]
