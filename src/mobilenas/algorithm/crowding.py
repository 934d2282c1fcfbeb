"""Survival of individuals by rank and weighted crowding distance (MoGA, Sec. 4.3)."""

import numpy as np
from numpy.typing import NDArray
from pymoo.operators.survival.rank_and_crowding import RankAndCrowding
from pymoo.operators.survival.rank_and_crowding.metrics import FunctionalDiversity


def crowding_distance(objectives: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Returns the distance of each individual to its neighbors, summed over the objectives by their weights.

    .. math::
        D(m_j) = \sum_{i=1}^n w_i \frac{O^i_{neighbor+} - O^i_{neighbor-}}{O^i_{max} - O^i_{min}} \qquad \text{(Eq. 5)}

    The paper takes maximum and minimum from "the current population", but also says that equal weights give the
    standard NSGA-II. This is true only for the ranges of the front. Therefore neighbors, maximum and minimum are those
    of the front. The first and the last individual in an objective have an infinite distance, whatever the weight is.
    An objective that is equal in the whole front adds nothing.

    Args:
        objectives: the objectives of one front, to be minimized, ``(individuals, objectives)``
        weights: the weights of the objectives, ``(objectives,)``

    Returns:
        ``(individuals,)``
    """
    count = len(weights)
    order = np.argsort(objectives, axis=0, kind="stable")
    ranked = np.take_along_axis(objectives, order, axis=0)
    spread = ranked[-1] - ranked[0]
    ends = np.full((1, count), np.inf)
    gaps = np.vstack([ends, np.diff(ranked, axis=0), ends])
    gaps = np.divide(gaps, spread, out=np.zeros_like(gaps), where=spread > 0)
    neighbors = np.take_along_axis(gaps[:-1] + gaps[1:], np.argsort(order, axis=0), axis=0)
    inner = np.where(np.isinf(neighbors), 0.0, neighbors)
    # n w_i is exactly 1 for equal weights, so that ties are those of the unweighted distance
    distance: NDArray[np.float64] = (inner * (count * weights)).sum(axis=1) / count
    return np.where(np.isinf(neighbors).any(axis=1), np.inf, distance)


def weighted_survival(weights: NDArray[np.float64]) -> RankAndCrowding:
    """Returns NSGA-II's survival with the weighted distance; like pymoo, it keeps individuals with equal objectives."""

    def function(objectives: NDArray[np.float64], **_: object) -> NDArray[np.float64]:
        return crowding_distance(objectives, weights)

    return RankAndCrowding(crowding_func=FunctionalDiversity(function, filter_out_duplicates=False))
