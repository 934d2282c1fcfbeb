"""What each network of a search inherits from a trained network, before it is trained by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mobilenas.network import NetworkSpec
from mobilenas.supernet import inherited_network


@dataclass(frozen=True, eq=False)
class Inheritance:
    """A trained network.

    Args:
        parent: its description
        weights: its weights, as its module's ``state_dict``
        fingerprint: a short hash of both
    """

    parent: NetworkSpec
    weights: Mapping[str, Tensor]
    fingerprint: str

    def of(self, network: NetworkSpec) -> dict[str, Tensor]:
        """Returns the weights that a network begins with."""
        return inherited_network(network, self.parent, self.weights)
