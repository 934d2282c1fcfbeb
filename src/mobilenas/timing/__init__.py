"""Measuring many pieces so that a busy machine disturbs all of them alike."""

from mobilenas.timing.drift import without_drift
from mobilenas.timing.rounds import OnProgress, Run, Timing

__all__ = ["OnProgress", "Run", "Timing", "without_drift"]
