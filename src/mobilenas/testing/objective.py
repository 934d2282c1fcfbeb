"""What every objective must do: it rates a more accurate network higher, and a slower one not."""

from __future__ import annotations

from typing import cast

from mobilenas.evaluation import Evaluation
from mobilenas.objective import LatencyReward, Loss, ParetoObjective, Reward
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

Objective = ParetoObjective | Reward | Loss


def examples() -> dict[str, Example]:
    """The objectives of ``conf/objective``."""
    return {name: Example(settings_with(f"objective={name}").objective) for name in names("objective")}


def more_accurate_is_better(objective: Objective) -> None:
    worse, better = (_figure(objective, accuracy=accuracy) for accuracy in (0.5, 0.6))
    expect(
        better < worse, f"{type(objective).__name__} does not prefer the more accurate of two equally fast networks."
    )


def slower_is_not_better(objective: Objective) -> None:
    fast, slow = (_figure(objective, latency_ms=latency_ms) for latency_ms in (50.0, 500.0))
    expect(slow >= fast, f"{type(objective).__name__} prefers the slower of two equally accurate networks.")


def well_above_its_target_a_reward_falls(objective: Objective) -> None:
    """But for MnasNet's with an exponent of 0 above the target."""
    if not isinstance(objective, Reward) or not (target_ms := getattr(objective, "target_ms", None)):
        return
    if isinstance(objective, LatencyReward) and objective.beta == 0:
        return
    near, far = (objective.reward(0.5, factor * target_ms) for factor in (2, 20))
    expect(far < near, f"{type(objective).__name__}: 2 and 20 times the target have the rewards {near} and {far}.")


def a_loss_has_gradients(objective: Objective) -> None:
    import torch

    if not isinstance(objective, Loss):
        return
    error, latency_ms = (torch.tensor(value, requires_grad=True) for value in (2.0, 90.0))
    objective.loss(error, latency_ms).backward()  # type: ignore[no-untyped-call]
    expect(error.grad is not None and error.grad > 0, "The loss must rise with the cross entropy.")
    expect(latency_ms.grad is not None and latency_ms.grad >= 0, "The loss must not fall with the latency.")


def it_says_of_how_many_images_a_target_is(objective: Objective) -> None:
    if isinstance(objective, Loss | Reward):
        for name in ("target_ms", "target_images"):
            expect(hasattr(objective, name), f"{type(objective).__name__} has no field {name}: add it.")
        expect(objective.target_images >= 1, "target_images must be 1 or more.")


def a_front_is_what_no_other_one_beats(objective: Objective) -> None:
    if not isinstance(objective, ParetoObjective):
        return
    points = [(0.5, 10.0), (0.6, 20.0), (0.55, 30.0), (0.7, 30.0), (0.7, 40.0)]
    told = [Evaluation((number,), accuracy, ms, 1, 1) for number, (accuracy, ms) in enumerate(points)]
    front = objective.non_dominated(told)
    expect([one.architecture[0] for one in front] == [0, 1, 3], f"The front of {points} is not {front}.")


CHECKS = (
    more_accurate_is_better,
    slower_is_not_better,
    well_above_its_target_a_reward_falls,
    a_loss_has_gradients,
    it_says_of_how_many_images_a_target_is,
    a_front_is_what_no_other_one_beats,
)


def _figure(objective: Objective, accuracy: float = 0.5, latency_ms: float = 90.0) -> float:
    """Lower is better."""
    if isinstance(objective, Reward):
        return -objective.reward(accuracy, latency_ms)
    if isinstance(objective, Loss):
        import torch

        return float(objective.loss(torch.tensor(1 - accuracy), torch.tensor(latency_ms)))
    return cast(float, objective.matrix([Evaluation((0,), accuracy, latency_ms, 1, 1)])[0].sum())
