"""Computes the numbers that the papers' text prints about search spaces and improvements."""

from collections.abc import Callable, Mapping
from functools import partial
from math import log10, prod
from types import MappingProxyType

from mobilenas.network.improvement import improve
from mobilenas.network.published import load_network
from mobilenas.search_space import FBNet, MnasNet, MoGA, ProxylessCifar


def _mnasnet_size(blocks: int, layers: int = 1) -> float:
    """Returns the size as a power of ten; a flat space searches each of a block's ``layers`` with a block's options."""
    return layers * log10(prod(MnasNet(stages=blocks).space().options))


def _saved_m(improvement: str) -> float:
    """Returns the millions of multiply-adds that an improvement saves on MnasNet-A1 (MobileNetV3 Sec. 4.1)."""
    network = load_network("mnasnet_a1")
    return (network.macs - improve(network, [improvement]).macs) / 1e6


QUANTITIES: Mapping[str, Callable[[], float]] = MappingProxyType(
    {
        "mnasnet_block": lambda: prod(MnasNet(stages=1).space().options),
        "mnasnet_size": partial(_mnasnet_size, 5),
        "mnasnet_flat_size": partial(_mnasnet_size, 5, 3),
        "proxyless_cifar_decisions": lambda: len(ProxylessCifar().space().options),
        "proxyless_cifar_candidates": lambda: max(ProxylessCifar().space().options),
        "fbnet_layers": lambda: len(FBNet().space().options),
        "fbnet_candidates": lambda: max(FBNet().space().options),
        "fbnet_size": lambda: log10(prod(FBNet().space().options)),
        "last_stage_saves_m": partial(_saved_m, "efficient_last_stage"),
        "slim_stem_saves_m": partial(_saved_m, "slim_stem"),
        "moga_layers": lambda: len(MoGA().space().options),
        "moga_choices": lambda: max(MoGA().space().options),
    }
)
