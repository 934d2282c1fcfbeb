"""Removes the changing speed of the device from measured times.

On a shared machine the same work can take one and a half times as long while a neighbour is busy, for milliseconds or
for minutes. Such a moment affects everything that runs in it equally, so it can be detected from the measurements
before, during and after it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Visit = tuple[int, ...]
"""The indices of pieces that run in turn."""

ITERATIONS = 20


def without_drift(
    visits: Sequence[Visit], times_ms: Sequence[Sequence[float]], percentile: float
) -> NDArray[np.float64]:
    """Returns the milliseconds of each piece on the undisturbed device.

    .. math:: t_{iv} \\approx b_i s_v

    The time of piece i in visit v is the time b that the piece takes, multiplied by the slowness s of the device. In
    turn, s is computed from the visit and its two neighbours for a given b, and b is the median of t / s.

    Args:
        visits: the visits in the order in which they took place; together they visit every piece
        times_ms: the times of the pieces of each visit
        percentile: percentile of s over all visits that counts as undisturbed

    Returns:
        ``(pieces,)``

    Raises:
        ValueError: a time is not above 0
    """
    piece = np.concatenate([np.asarray(visit) for visit in visits])
    visit = np.repeat(np.arange(len(visits)), [len(pieces) for pieces in visits])
    time_ms = np.concatenate([np.asarray(times, dtype=np.float64) for times in times_ms])
    if not (time_ms > 0).all():
        raise ValueError(
            "The engine measured a time that is not above 0, because its clock is too coarse: choose another engine."
        )
    base_ms = _medians(piece, time_ms)
    for _ in range(ITERATIONS):
        slowness = np.log(np.bincount(visit, time_ms) / np.bincount(visit, base_ms[piece]))
        around = np.pad(slowness, 1, mode="edge")
        slowness = (around[:-2] + around[1:-1] + around[2:]) / 3
        base_ms = _medians(piece, time_ms / np.exp(slowness)[visit])
    undisturbed = float(np.exp(np.percentile(slowness, percentile)))
    return base_ms * undisturbed


def slowness(
    visits: Sequence[Visit], times_ms: Sequence[Sequence[float]], base_ms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the time of each visit over the time that its pieces take on the undisturbed device, ``(visits,)``."""
    return np.array([sum(took) / base_ms[list(visit)].sum() for visit, took in zip(visits, times_ms, strict=True)])


def _medians(piece: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the median of the values of each piece."""
    order = np.argsort(piece, kind="stable")
    ends = np.cumsum(np.bincount(piece))[:-1]
    return np.array([np.median(found) for found in np.split(values[order], ends)])
