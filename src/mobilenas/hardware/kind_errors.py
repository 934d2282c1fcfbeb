"""Which kinds of layers a latency model misjudges, told from its errors on whole networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LIKELY = 0.5
"""The standard deviation of a relative error, before anything is measured; it tells kinds apart that always come
together, and changes an error that is known to 5% by a hundredth."""


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

    .. math:: T_m - \text{LAT}(m) = \sum_k a_k L_{km} + \epsilon_m, \qquad
        \epsilon_m \sim N(0, \sigma^2), \quad a_k \sim N(0, 0.5^2)

    Args:
        kinds_ms: predicted milliseconds of each kind in each network, :math:`L`
        predicted_ms: predicted latency of each network, by a model in whose making it had no part
        measured_ms: its measured latency, :math:`T`
    """
    if len(measured_ms) <= len(kinds_ms) or not kinds_ms:
        return ()
    known, predicted = np.column_stack([np.asarray(one) for one in kinds_ms.values()]), np.asarray(predicted_ms)
    left = np.asarray(measured_ms) - predicted
    plain, _, rank, _ = np.linalg.lstsq(known, left)
    variance = float(np.sum((left - known @ plain) ** 2)) / (len(left) - rank)
    spread = np.linalg.pinv(known.T @ known + variance / LIKELY**2 * np.eye(len(kinds_ms)), hermitian=True)
    errors, shares = spread @ known.T @ left, known.mean(axis=0) / predicted.mean()
    found = zip(kinds_ms, shares.tolist(), errors.tolist(), np.sqrt(variance * spread.diagonal()).tolist(), strict=True)
    return tuple(sorted((KindError(*one) for one in found), key=lambda one: -one.share))
