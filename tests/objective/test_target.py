"""Objectives that hold a target, against their equations."""

import pytest
import torch

from mobilenas.objective import AbsoluteReward, LatencyTarget


def test_the_loss_is_lightnass() -> None:
    objective = LatencyTarget(80.0, weight_lr=0.1, first_weight=0.5)
    cross_entropy, latency_ms = torch.tensor(2.0), torch.tensor(90.0)
    assert float(objective.loss(cross_entropy, latency_ms)) == pytest.approx(2.0 + 0.5 * (90 / 80 - 1))
    assert float(objective.weighted(cross_entropy, latency_ms, -3.0)) == pytest.approx(2.0 - 3 * (90 / 80 - 1))


def test_the_weight_climbs_its_own_gradient() -> None:
    """The ascent is the learning rate times the derivative of the loss by the weight."""
    objective, weight = LatencyTarget(80.0, weight_lr=0.1), torch.tensor(0.7, requires_grad=True)
    for latency_ms in (40.0, 80.0, 120.0):
        loss = objective.weighted(torch.tensor(2.0), torch.tensor(latency_ms), weight)
        (slope,) = torch.autograd.grad(loss, weight)
        assert objective.ascent(latency_ms) == pytest.approx(0.1 * float(slope), abs=1e-7)


@pytest.mark.parametrize("latency_ms", [40.0, 79.0, 80.0, 81.0, 160.0])
def test_the_reward_is_tunass_absolute_one(latency_ms: float) -> None:
    expected = 0.75 - 0.07 * max(latency_ms / 80 - 1, 1 - latency_ms / 80)
    assert AbsoluteReward(80.0, -0.07).reward(0.75, latency_ms) == pytest.approx(expected)


def test_a_reward_for_slow_networks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"AbsoluteReward: beta must be a number, 0 or less"):
        AbsoluteReward(80.0, 0.07)
