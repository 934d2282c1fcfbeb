"""What a search optimizes."""

from mobilenas.objective.pareto import ParetoObjective

__all__ = ["ParetoObjective"]
