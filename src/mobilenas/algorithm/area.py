"""Rates a set of evaluations in the accuracy-latency plane, as one number."""

from collections.abc import Sequence

import numpy as np
from pymoo.indicators.hv import HV

from mobilenas.evaluation import Evaluation


def hypervolume(evaluations: Sequence[Evaluation], latency_ms: float, accuracy: float = 0.0) -> float:
    """Returns the area of the accuracy-latency plane that the evaluations dominate, up to a reference point.

    Args:
        evaluations: evaluations that are dominated, or beyond the reference point, add nothing
        latency_ms: latency of the reference point; it must be the same for all sets that are compared
        accuracy: accuracy of the reference point

    Returns:
        accuracy times milliseconds
    """
    points = np.array([[-one.accuracy, one.latency_ms] for one in evaluations], dtype=np.float64).reshape(-1, 2)
    return float(HV(ref_point=np.array([-accuracy, latency_ms]))(points)) if evaluations else 0.0
