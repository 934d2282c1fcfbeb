"""Repeats a whole measurement, to see how far it can be repeated."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from mobilenas.progress import Progress
from mobilenas.timing.rounds import TimedRun, Timing, in_turns

REPEATS = 5


def repeated_ms(runs: Sequence[TimedRun], timing: Timing, rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns the milliseconds of each network in each repetition, ``(REPEATS, networks)``."""
    console = Console(stderr=True)  # what is printed may be JSON
    with Progress("measuring", REPEATS * timing.rounds, "round", console=console) as bar:
        return np.array([in_turns(runs, timing, rng, lambda *_: bar.advance()) for _ in range(REPEATS)])
