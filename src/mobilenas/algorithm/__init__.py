"""Search algorithms, and what is read from their results."""

from mobilenas.algorithm.area import hypervolume
from mobilenas.algorithm.base import Algorithm
from mobilenas.algorithm.derived import Derived
from mobilenas.algorithm.nsga2 import NSGA2
from mobilenas.algorithm.ppo import PPO
from mobilenas.algorithm.random_search import RandomSearch
from mobilenas.algorithm.regularized_evolution import RegularizedEvolution
from mobilenas.algorithm.sampled import Sampled
from mobilenas.algorithm.selection import equally_spaced

__all__ = [
    "NSGA2",
    "PPO",
    "Algorithm",
    "Derived",
    "RandomSearch",
    "RegularizedEvolution",
    "Sampled",
    "equally_spaced",
    "hypervolume",
]
