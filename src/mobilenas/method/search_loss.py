"""A loss in the course of a search: the weight of latency, if it is learned, is part of a checkpoint."""

import torch
from torch import Tensor, nn

from mobilenas.objective import LatencyTarget, Loss


class SearchLoss(nn.Module):
    """The loss of cross entropy and latency.

    Args:
        objective: its settings
    """

    latency_weight: Tensor

    def __init__(self, objective: Loss) -> None:
        super().__init__()
        self._objective = objective
        if isinstance(objective, LatencyTarget):
            self.register_buffer("latency_weight", torch.tensor(objective.first_weight, dtype=torch.float64))

    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        """Returns the loss of two differentiable scalars."""
        if isinstance(self._objective, LatencyTarget):
            return self._objective.weighted(cross_entropy, latency_ms, self.latency_weight.to(latency_ms))
        return self._objective.loss(cross_entropy, latency_ms)

    def settle(self, latency_ms: float) -> None:
        """Moves the weight of latency after an architecture step, if the objective learns it.

        Args:
            latency_ms: latency of the most probable architecture, which is the one that a search ends in; the expected
                latency stays on one side of it for as long as the search is undecided
        """
        if isinstance(self._objective, LatencyTarget):
            self.latency_weight += self._objective.ascent(latency_ms)

    @property
    def figures(self) -> dict[str, float]:
        """What is logged after each epoch."""
        return {"latency_weight": float(self.latency_weight)} if isinstance(self._objective, LatencyTarget) else {}
