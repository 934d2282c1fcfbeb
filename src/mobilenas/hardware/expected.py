"""Predicts the latency of a distribution over candidates (ProxylessNAS Sec. 3.3.1)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mobilenas.hardware.table import LatencyTable
from mobilenas.search_space import LayerwiseSpace


class ExpectedLatency:
    r"""Computes latency as a differentiable function of the candidates' probabilities.

    .. math::
        \mathbb{E}[\text{latency}] = \sum_i \mathbb{E}[\text{latency}_i], \qquad
        \mathbb{E}[\text{latency}_i] = \sum_j p_j^i \, F(o_j^i) \qquad \text{(Eqs. 5, 6)}

    Args:
        space: the space of the candidates
        table: the latency table, with a row for each layer of the space

    Raises:
        ValueError: the table lacks a layer of the space
    """

    def __init__(self, space: LayerwiseSpace, table: LatencyTable) -> None:
        self._space = space
        self._fixed_ms = table.overhead_ms + sum(map(table.layer_ms, space.fixed))
        self._rows = [
            torch.tensor([table.layer_ms(layer) for layer in candidates], dtype=torch.float64)
            for candidates in space.choices
        ]

    def __call__(self, probabilities: Sequence[Tensor], options: Sequence[Sequence[int]] | None = None) -> Tensor:
        """Returns milliseconds, a scalar.

        Args:
            probabilities: the probabilities of each choice block's candidates, ``(candidates,)``
            options: the options of these candidates; all by default
        """
        latency_ms = torch.tensor(self._fixed_ms, dtype=torch.float64)
        for block, p in enumerate(probabilities):
            row = self._rows[block] if options is None else self._rows[block][list(options[block])]
            latency_ms = latency_ms.to(p) + (p * row.to(p)).sum()  # mixed precision would round a product of matrices
        return latency_ms

    @property
    def fastest_ms(self) -> float:
        """The milliseconds of the fastest architecture."""
        return self._fixed_ms + sum(float(row.min()) for row in self._rows)

    def of(self, architecture: Sequence[int]) -> float:
        """Returns the milliseconds of one architecture."""
        chosen = zip(self._rows, self._space.check(architecture), strict=True)
        return self._fixed_ms + sum(float(row[option]) for row, option in chosen)
