"""Kinds of layers, coarse enough that some measured networks can tell them apart."""

from collections import Counter
from collections.abc import Callable, Sequence

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec

COMMON = "in every network"
"""The kind of the layers that all networks have equally often: no measurement of networks tells them apart."""

MOST_KINDS, NETWORKS_A_KIND = 8, 5


def layer_kinds(networks: Sequence[NetworkSpec], most: int = MOST_KINDS) -> dict[str, str]:
    """Returns the kind of each layer of some networks by ``Layer.key``, in the finest division with few kinds.

    A kind is an operation, with its kernel, its squeeze-and-excitation and its expansion ratio as long as that gives
    few kinds.

    Args:
        networks: the networks
        most: the largest number of kinds
    """
    chains = [[layer for layer in network.pieces if layer.takes_time] for network in networks]
    counts = [Counter(layer.key for layer in chain) for chain in chains]
    layers = {layer.key: layer for chain in chains for layer in chain}
    common = {key for key in layers if len({count[key] for count in counts}) == 1}
    names = {key: (COMMON,) * 4 if key in common else _names(layer) for key, layer in layers.items()}
    found: dict[str, str] = {}
    for level in range(4):
        found = {key: one[level] for key, one in names.items()}
        if len(set(found.values())) <= most:
            break
    return found


def kinds_ms(
    layers_ms: Sequence[Callable[[Layer], float]], networks: Sequence[NetworkSpec]
) -> dict[str, tuple[float, ...]]:
    """Returns the predicted milliseconds of each kind of layers in each network; nothing if the networks are too few.

    Args:
        layers_ms: for each network, what returns a layer's share of its latency
        networks: the networks
    """
    most = min(MOST_KINDS, len(networks) // NETWORKS_A_KIND)
    kinds = layer_kinds(networks, most)
    names = sorted(set(kinds.values()))
    if not 1 < len(names) <= most:
        return {}
    totals = [dict.fromkeys(names, 0.0) for _ in networks]
    for total, layer_ms, network in zip(totals, layers_ms, networks, strict=True):
        for layer in network.pieces:
            if layer.takes_time:
                total[kinds[layer.key]] += layer_ms(layer)
    return {name: tuple(total[name] for total in totals) for name in names}


def _names(layer: Layer) -> tuple[str, str, str, str]:
    """Returns the names of a layer's kind, from the finest division to the coarsest."""
    fields, look = layer.op.line(), layer.look
    name, kernel = str(fields["op"]), look.kernel or fields.get("kernel")
    sized = f"{name} {kernel}x{kernel}" if kernel else name
    whole = f"{sized}{' grouped' if 'groups' in fields else ''}{' SE' if look.has_se else ''}"
    return f"{whole} e{look.expansion:.2g}" if look.expansion else whole, whole, sized, name
