"""The objective of several figures, each with a weight: MoGA's multi-objective problem (Sec. 3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from math import isclose

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Evaluation
from mobilenas.settings import NonNegative, settings

_WORST = 1e30  # of any figure; finite, as differences of figures are taken


@settings
class ParetoObjective:
    r"""The figures of an evaluation to maximize and to minimize; MoGA maximizes the parameters too.

    .. math::
        \min \{-\text{Accuracy}(m), \text{Latency}(m), -\text{Params}(m)\} \quad
        \text{s.t.} \quad \sum_i w_i = 1, \; w_i \ge 0 \qquad \text{(Eq. 4)}

        >>> from mobilenas.evaluation import Evaluation
        >>> from mobilenas.objective import ParetoObjective
        >>> objective = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
        >>> points = [(0.7, 1.0), (0.8, 2.0), (0.7, 3.0)]  # the last is less accurate and slower than the second
        >>> found = [Evaluation((n,), accuracy, ms, macs=1, params=1) for n, (accuracy, ms) in enumerate(points)]
        >>> [one.architecture for one in objective.non_dominated(found)]
        [(0,), (1,)]

    Args:
        maximize: the figures of an ``Evaluation`` to maximize, by name, each with its weight
        minimize: the figures to minimize, by name, each with its weight

    Raises:
        ValueError: a figure is unknown or named twice, a weight is negative, or the weights do not sum to 1
    """

    maximize: Mapping[str, NonNegative] = field(default_factory=dict)
    minimize: Mapping[str, NonNegative] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = [
            column.name for column in fields(Evaluation) if column.name not in ("architecture", "failure", "measured")
        ]
        for figure in self.figures:
            if figure not in known:
                raise ValueError(
                    f"Objective {figure!r} is not a figure of an evaluation; choose from {', '.join(known)}."
                )
        if both := self.maximize.keys() & self.minimize.keys():
            raise ValueError(f"Objective {min(both)!r} is both maximized and minimized; name it once.")
        if not isclose(self.weights.sum(), 1.0, abs_tol=1e-6):
            raise ValueError(f"The weights of the objectives must sum to 1, not {self.weights.sum():g} (Eq. 4).")

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of the objectives, in the order of the matrix's columns."""
        return (*self.maximize, *self.minimize)

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each objective, ``(objectives,)``."""
        return np.array([*self.maximize.values(), *self.minimize.values()], dtype=np.float64)

    def matrix(self, evaluations: Sequence[Evaluation]) -> NDArray[np.float64]:
        """Returns the figures to minimize, ``(evaluations, objectives)``; a failure is worse than all others.

        Raises:
            ValueError: a figure is not a finite number
        """
        matrix = np.empty((len(evaluations), len(self.figures)))
        for column, figure in enumerate(self.figures):
            matrix[:, column] = [getattr(evaluation, figure) for evaluation in evaluations]
        for row, column in np.argwhere(~np.isfinite(matrix)):
            raise ValueError(
                f"{self.figures[column]} of architecture {evaluations[row].architecture} must be a finite number, "
                f"not {matrix[row, column]}."
            )
        matrix[:, : len(self.maximize)] *= -1
        matrix[[evaluation.failure is not None for evaluation in evaluations]] = _WORST
        return matrix

    def non_dominated(self, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
        """Returns the non-dominated evaluations, by rising latency, without failures."""
        from pymoo.util.nds.non_dominated_sorting import find_non_dominated

        found = [evaluation for evaluation in evaluations if evaluation.failure is None]
        front = [found[index] for index in find_non_dominated(self.matrix(found))]
        return sorted(front, key=lambda one: (one.latency_ms, -one.accuracy, one.architecture))


ACCURACY_LATENCY = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})
"""The objective that has only accuracy and latency, with equal weights."""
