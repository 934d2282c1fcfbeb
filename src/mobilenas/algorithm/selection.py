"""Chooses the architectures to retrain: "at an equal distance near Pareto front" (MoGA, Algorithm 1)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Evaluation


def equally_spaced(front: Sequence[Evaluation], count: int) -> list[Evaluation]:
    """Chooses members of the front at equal distances along it, from its fastest to its most accurate member.

    The paper does not define the distance. Here it is the distance along the members' curve in the accuracy-latency
    plane (Fig. 7), with both axes scaled to the range from 0 to 1. Members that are dominated in this plane are left
    out: they are on the front only for their parameters.

    Args:
        front: the front of a search
        count: number of members to choose; a single member is chosen from the middle of the curve

    Returns:
        ``count`` members, or all if there are fewer, by rising latency

    Raises:
        ValueError: count is less than 1
    """
    if count < 1:
        raise ValueError(f"At least 1 model must be chosen from the front, not {count}.")
    from mobilenas.objective import ACCURACY_LATENCY

    curve = ACCURACY_LATENCY.non_dominated(front)
    if len(curve) <= count:
        return curve
    chosen = _nearest(_arc_length(curve), np.linspace(0, 1, count) if count > 1 else np.array([0.5]))
    return [curve[index] for index in sorted(chosen)]


def _arc_length(curve: Sequence[Evaluation]) -> NDArray[np.float64]:
    """Returns the place of each member along the curve, from 0 to 1."""
    points = np.array([(one.latency_ms, one.accuracy) for one in curve])
    spread = np.ptp(points, axis=0)
    steps = np.linalg.norm(np.diff(points, axis=0) / np.where(spread > 0, spread, 1.0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    return length / length[-1] if length[-1] > 0 else length


def _nearest(positions: NDArray[np.float64], targets: NDArray[np.float64]) -> list[int]:
    """Returns for each target the nearest member that no target before it has."""
    chosen: list[int] = []
    for target in targets:
        order = np.argsort(np.abs(positions - target), kind="stable")
        chosen.append(next(int(index) for index in order if int(index) not in chosen))
    return chosen
