"""Search spaces; each file has one paper's table."""

from mobilenas.search_space.base import LayerwiseSpace, SearchSpace, SpaceBuilder
from mobilenas.search_space.blocks import Block, BlockSpace
from mobilenas.search_space.fbnet import fbnet
from mobilenas.search_space.mnasnet import mnasnet
from mobilenas.search_space.mobilenet_v4 import mobilenet_v4
from mobilenas.search_space.moga import moga
from mobilenas.search_space.proxyless_cifar import proxyless_cifar
from mobilenas.search_space.proxyless_mobile import proxyless_mobile

__all__ = [
    "Block",
    "BlockSpace",
    "LayerwiseSpace",
    "SearchSpace",
    "SpaceBuilder",
    "fbnet",
    "mnasnet",
    "mobilenet_v4",
    "moga",
    "proxyless_cifar",
    "proxyless_mobile",
]
