"""A search of 27 toy architectures, with figures that follow from the architecture by arithmetic."""

from __future__ import annotations

from contextlib import suppress

from mobilenas.algorithm import OBJECTIVE, PROBABILITIES, Algorithm, Search
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ACCURACY_LATENCY, ParetoObjective, Reward
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, given
from mobilenas.testing.composed import settings_with


def toy_space() -> LayerwiseSpace:
    """27 architectures of which each is a network of its own."""
    blocks = [tuple[Op, ...](MBConv(8, kernel, expanded=16, residual=True) for kernel in (3, 5, 7))] * 3
    return LayerwiseSpace("toy", Shape(3, 8, 8), ((Conv(8, 3),), *blocks, (Classifier(2),)))


def toy_evaluation(architecture: Architecture) -> Evaluation:
    """Larger kernels are more accurate and slower, by different amounts in each block; all figures are different."""
    gain = sum(option * weight for option, weight in zip(architecture, (0.011, 0.023, 0.043), strict=True))
    time = sum(option * weight for option, weight in zip(architecture, (1.3, 1.7, 1.9), strict=True))
    return Evaluation(architecture, 0.5 + gain, 60.0 + time, 1000 + sum(architecture), 100 + sum(architecture))


def begin(algorithm: Algorithm, objective: ParetoObjective | Reward | None = None) -> Search:
    """A search of the toy space, which is given only what the algorithm declares in ``needs``."""
    objective = objective or objectives_of(algorithm)[0]
    probabilities = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3]]
    things = given((SEED, 1), (OBJECTIVE, objective), (PROBABILITIES, probabilities))
    return algorithm.search(toy_space(), things.only(algorithm.needs))


def objectives_of(algorithm: Algorithm) -> list[ParetoObjective | Reward]:
    """Those of these that the algorithm takes: accuracy and latency, and MnasNet's reward."""
    reward = settings_with("objective=latency_reward").objective
    assert isinstance(reward, Reward)
    found: list[ParetoObjective | Reward] = []
    for objective in (ACCURACY_LATENCY, reward):
        with suppress(ValueError):
            algorithm.check(objective)
            found.append(objective)
    if not found:
        raise ValueError(f"{type(algorithm).__name__} takes neither a front nor a reward.")
    return found


def plane_of(algorithm: Algorithm) -> ParetoObjective:
    """In which its front is non-dominated."""
    objective = objectives_of(algorithm)[0]
    return objective if isinstance(objective, ParetoObjective) else ACCURACY_LATENCY
