"""Measures many pieces so that a busy machine disturbs all of them equally."""

from mobilenas.timing.drift import without_drift
from mobilenas.timing.rounds import OnProgress, TimedRun, Timing

__all__ = ["OnProgress", "TimedRun", "Timing", "without_drift"]
