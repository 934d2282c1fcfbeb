"""What a search optimizes."""

from mobilenas.objective.latency import LatencyLoss, LatencyProduct, LatencyReward, Loss, Reward
from mobilenas.objective.pareto import ParetoObjective

__all__ = ["LatencyLoss", "LatencyProduct", "LatencyReward", "Loss", "ParetoObjective", "Reward"]
