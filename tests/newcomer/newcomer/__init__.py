"""A package of someone else's: a search algorithm and an engine that mobilenas finds by an entry point."""

from newcomer.local_search import ParetoLocalSearch
from newcomer.torch_cpu import TorchCpu

__all__ = ["ParetoLocalSearch", "TorchCpu"]
