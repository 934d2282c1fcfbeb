"""Objectives, which a search optimizes."""

from mobilenas.objective.base import Loss, Reward
from mobilenas.objective.latency import (
    LatencyLog,
    LatencyLoss,
    LatencyProduct,
    LatencyReward,
    indifferent_exponent,
)
from mobilenas.objective.pareto import ACCURACY_LATENCY, ParetoObjective

__all__ = [
    "ACCURACY_LATENCY",
    "LatencyLog",
    "LatencyLoss",
    "LatencyProduct",
    "LatencyReward",
    "Loss",
    "ParetoObjective",
    "Reward",
    "indifferent_exponent",
]
