"""Which kinds of layers a latency model misjudges, told from its errors on whole networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mobilenas.hardware.layer_kinds import COMMON

LIKELY = 0.1
"""The standard deviation of a relative error before anything is measured: kinds that come together share theirs."""


@dataclass(frozen=True)
class KindError:
    """How much longer the layers of a kind take within networks than a model predicts.

    Args:
        kind: the kind
        share: its share of the networks' latency
        error: milliseconds that are missing for each predicted one; below 0, the layers take less than predicted
        standard_error: standard error of this
    """

    kind: str
    share: float
    error: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.kind} {100 * self.error:+.1f} ± {100 * self.standard_error:.1f} %"


def kind_errors(
    kinds_ms: Mapping[str, Sequence[float]], predicted_ms: Sequence[float], measured_ms: Sequence[float]
) -> tuple[KindError, ...]:
    r"""Returns the error of each kind, the largest share first; none if there are too few networks.

    .. math:: T_m - \text{LAT}(m) = c + \sum_k a_k L_{km} + \epsilon_m, \qquad
        \epsilon_m \sim N(0, \sigma^2), \quad a_k \sim N(0, 0.1^2)

    Layers that all networks have equally often have no error of their own: it is in the constant.

    Args:
        kinds_ms: predicted milliseconds of each kind in each network, :math:`L`
        predicted_ms: predicted latency of each network, by a model in whose making it had no part
        measured_ms: its measured latency, :math:`T`
    """
    told = {kind: np.asarray(one) for kind, one in kinds_ms.items() if kind != COMMON}
    if len(measured_ms) <= len(told) + 1 or not told:
        return ()
    known, predicted = np.column_stack([*told.values()]), np.asarray(predicted_ms)
    left, shares = np.asarray(measured_ms) - predicted, known.mean(axis=0) / predicted.mean()
    known, left = known - known.mean(axis=0), left - left.mean()
    plain, _, rank, _ = np.linalg.lstsq(known, left)
    variance = float(np.sum((left - known @ plain) ** 2)) / (len(left) - rank - 1)
    spread = np.linalg.pinv(known.T @ known + variance / LIKELY**2 * np.eye(len(told)), hermitian=True)
    errors = spread @ known.T @ left
    found = zip(told, shares.tolist(), errors.tolist(), np.sqrt(variance * spread.diagonal()).tolist(), strict=True)
    return tuple(sorted((KindError(*one) for one in found), key=lambda one: -one.share))
