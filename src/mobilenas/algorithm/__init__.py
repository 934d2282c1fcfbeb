"""Search algorithms, and what is read from their results."""

from mobilenas.algorithm.base import Algorithm
from mobilenas.algorithm.derived import Derived
from mobilenas.algorithm.hypervolume import hypervolume
from mobilenas.algorithm.netadapt import Adaptation, NetAdapt
from mobilenas.algorithm.nsga2 import NSGA2
from mobilenas.algorithm.ppo import PPO
from mobilenas.algorithm.random_search import RandomSearch
from mobilenas.algorithm.regularized_evolution import RegularizedEvolution
from mobilenas.algorithm.sampled import Sampled
from mobilenas.algorithm.selection import equally_spaced

__all__ = [
    "NSGA2",
    "PPO",
    "Adaptation",
    "Algorithm",
    "Derived",
    "NetAdapt",
    "RandomSearch",
    "RegularizedEvolution",
    "Sampled",
    "equally_spaced",
    "hypervolume",
]
