"""Losses and rewards of latency against their equations, evaluated by hand."""

from math import log

import pytest
import torch

from mobilenas.objective import LatencyLoss, LatencyProduct, LatencyReward, indifferent_exponent

CROSS_ENTROPY, LATENCY_MS = torch.tensor(2.0), torch.tensor(90.0)


def test_the_loss_is_eq_7() -> None:
    assert float(LatencyLoss(0.01).loss(CROSS_ENTROPY, LATENCY_MS)) == pytest.approx(2.0 + 0.01 * 90.0)


def test_the_product_is_that_of_the_public_code() -> None:
    expected = 2.0 * 0.2 * (log(90.0) / log(80.0)) ** 0.3
    assert float(LatencyProduct(80.0, 0.2, 0.3).loss(CROSS_ENTROPY, LATENCY_MS)) == pytest.approx(expected)


def test_the_product_counts_latency_in_its_unit() -> None:
    expected = 2.0 * 0.2 * (log(90.0 / 0.001) / log(80.0 / 0.001)) ** 0.3
    product = LatencyProduct(80.0, 0.2, 0.3, unit_ms=0.001)
    assert float(product.loss(CROSS_ENTROPY, LATENCY_MS)) == pytest.approx(expected)


@pytest.mark.parametrize("loss", [LatencyLoss(0.01), LatencyProduct(80.0, 0.2, 0.3)], ids=["loss", "product"])
def test_a_loss_falls_with_latency_and_with_cross_entropy(loss: LatencyLoss | LatencyProduct) -> None:
    cross_entropy, latency_ms = CROSS_ENTROPY.clone().requires_grad_(), LATENCY_MS.clone().requires_grad_()
    loss.loss(cross_entropy, latency_ms).backward()
    assert cross_entropy.grad > 0
    assert latency_ms.grad > 0


def test_the_reward_is_mnasnets() -> None:
    reward = LatencyReward(80.0, -0.07, -0.1)
    assert reward.reward(0.75, 90.0) == pytest.approx(0.75 * (90.0 / 80.0) ** -0.1)
    assert reward.reward(0.75, 70.0) == pytest.approx(0.75 * (70.0 / 80.0) ** -0.07)
    assert reward.reward(0.75, 80.0) == 0.75
    assert LatencyReward(80.0, 0.0, 0.0).reward(0.75, 90.0) == 0.75
    assert LatencyReward(None, 0.0, 0.0).reward(0.75, 90.0) == 0.75


def test_a_hard_constraint_is_accuracy_up_to_the_target_and_halves_at_twice_it() -> None:  # Fig. 3
    reward = LatencyReward(80.0, 0.0, -1.0)
    assert [reward.reward(0.5, ms) for ms in (20.0, 80.0, 160.0)] == [0.5, 0.5, 0.25]


def test_the_exponent_gives_twice_the_latency_5_percent_more_accuracy() -> None:  # Sec. 3
    assert indifferent_exponent() == pytest.approx(-0.07, abs=0.0005)
    reward = LatencyReward(75.0, indifferent_exponent(), indifferent_exponent())
    assert reward.reward(0.7 * 1.05, 2 * 60.0) == pytest.approx(reward.reward(0.7, 60.0))
    with pytest.raises(ValueError, match="latency_factor must be above 1"):
        indifferent_exponent(1.0)


def test_a_latency_without_a_logarithm_above_0_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"takes 0\.9 ms, but it must take more than unit_ms 1\.0, .*: set a smaller unit_ms"
    ):
        LatencyProduct(80.0, 0.2, 0.3).check(0.9)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LatencyLoss(-0.1), "latency_weight must be a number, 0 or more, not -0.1"),
        (lambda: LatencyLoss(0.1, target_ms=0.0), "target_ms must be a number above 0"),
        (lambda: LatencyProduct(0.5, 0.2, 0.3), "target_ms 0.5 must be above unit_ms 1.0"),
        (lambda: LatencyReward(80.0, 0.1, 0.0), "alpha must be a number, 0 or less, not 0.1"),
        (lambda: LatencyReward(None, 0.0, -0.1), "beta=-0.1 needs a target_ms"),
        (lambda: LatencyReward(0.0, -0.1, -0.1), "target_ms must be a number above 0"),
    ],
)
def test_an_impossible_setting_is_refused(make, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
