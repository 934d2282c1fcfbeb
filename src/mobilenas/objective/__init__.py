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
from mobilenas.objective.target import AbsoluteReward, LatencyTarget

__all__ = [
    "ACCURACY_LATENCY",
    "AbsoluteReward",
    "LatencyLog",
    "LatencyLoss",
    "LatencyProduct",
    "LatencyReward",
    "LatencyTarget",
    "Loss",
    "ParetoObjective",
    "Reward",
    "indifferent_exponent",
]
