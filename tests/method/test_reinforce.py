"""REINFORCE against the gradient of Eq. 8's expectation, on a space small enough to enumerate."""

from itertools import product

import pytest
import torch
from torch import Tensor

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method.architecture import ArchitectureParameters
from mobilenas.method.rules import Reinforce
from mobilenas.objective import LatencyReward
from mobilenas.search_space import ProxylessMobile
from mobilenas.supernet import Supernet
from tests.method.toy import Expectation, images_of, set_answers, toy_latency, toy_space

SPACE = ProxylessMobile(
    width=0.25, stages=2, blocks=1, hidden=0.0625, unstrided=2, candidates=["e3_k3", "e6_k5"]
).space(4, 8)  # 2 x 2 networks
TABLE = LatencyTable({key: 1.0 + number for number, key in enumerate(layers_of(SPACE))})
REWARD = LatencyReward(target_ms=20.0, alpha=-0.5, beta=-0.5)


@pytest.fixture
def supernet() -> Supernet:
    torch.manual_seed(0)
    return Supernet(SPACE).train()


def _batch() -> tuple[Tensor, Tensor]:
    return torch.randn(8, 3, 8, 8, generator=torch.Generator().manual_seed(1)), torch.arange(8) % 4


def _reward(supernet: Supernet, path: tuple[int, ...]) -> float:
    images, labels = _batch()
    with torch.no_grad():
        top1 = float((supernet(images, path).argmax(1) == labels).float().mean())
    latency_ms = sum(TABLE.layer_ms(layer) for layer in SPACE.network(path).layers)
    return float(top1 * (latency_ms / 20.0) ** -0.5)


def _gradient(rule: Reinforce, supernet: Supernet, architecture: ArchitectureParameters, baseline: float) -> Tensor:
    """Of a step that begins with this baseline."""
    rule.baseline.fill_(baseline)
    loss = rule.loss(supernet, architecture, *_batch())
    return torch.cat(torch.autograd.grad(loss, list(architecture.alphas)))


@pytest.mark.parametrize("baseline", [0.0, 0.3])
def test_the_mean_gradient_is_that_of_the_expected_reward_whatever_the_baseline(
    supernet: Supernet, baseline: float
) -> None:
    torch.manual_seed(2)
    architecture = ArchitectureParameters(SPACE.options, 0.5).double()
    expected_reward = torch.zeros((), dtype=torch.float64)
    for path in product(*map(range, SPACE.options)):
        p = torch.stack([q[option] for q, option in zip(architecture.probabilities(), path, strict=True)]).prod()
        expected_reward = expected_reward + p * _reward(supernet, path)
    exact = torch.cat(torch.autograd.grad(expected_reward, list(architecture.alphas)))
    assert exact.abs().max() > 1e-3

    rule = Reinforce(REWARD, ExpectedLatency(SPACE, TABLE), samples=2, baseline_rate=0.3)
    mean = Expectation().of(lambda: -_gradient(rule, supernet, architecture, baseline))
    torch.testing.assert_close(mean, exact, rtol=1e-5, atol=1e-6)


def test_the_baseline_follows_the_mean_reward_and_is_saved(supernet: Supernet) -> None:
    architecture = ArchitectureParameters(SPACE.options, 0.0)
    rule = Reinforce(REWARD, ExpectedLatency(SPACE, TABLE), samples=2, baseline_rate=0.25)
    paths = [(0, 1), (1, 1), (1, 0), (0, 0)]
    architecture.sample = iter(paths).__next__
    for _ in range(2):
        rule.loss(supernet, architecture, *_batch())
    first, second = ((_reward(supernet, one) + _reward(supernet, other)) / 2 for one, other in (paths[:2], paths[2:]))
    assert float(rule.state_dict()["baseline"]) == pytest.approx(0.75 * 0.25 * first + 0.25 * second)


def test_a_baseline_at_the_mean_reward_lowers_the_variance_of_the_gradient() -> None:
    torch.manual_seed(0)
    supernet, architecture = Supernet(toy_space(3)), ArchitectureParameters((3,), 0.0)
    set_answers(supernet, {5: (1.0, 0.0, 0.0), 3: (0.0, 1.0, 0.0), 1: (0.0, 0.0, 1.0)})
    rule = Reinforce(LatencyReward(None, 0.0, 0.0), toy_latency(3, k1=1.0, k3=1.0, k5=1.0), 1, baseline_rate=1.0)
    rewards, (images, labels) = {5: 0.6, 3: 0.2, 1: 0.2}, images_of([0] * 6 + [1] * 2 + [2] * 2)

    def variance(baseline: float) -> float:
        def gradient() -> Tensor:
            rule.baseline.fill_(baseline)
            return torch.autograd.grad(rule.loss(supernet, architecture, images, labels), architecture.alphas[0])[0]

        square = Expectation().of(lambda: gradient().square().sum())
        return float(square - Expectation().of(gradient).square().sum())

    def by_hand(baseline: float) -> float:
        mean = sum(rewards.values()) / 3
        squares = [(reward - baseline) ** 2 * ((2 / 3) ** 2 + 2 * (1 / 3) ** 2) for reward in rewards.values()]
        return sum(squares) / 3 - sum(((reward - mean) / 3) ** 2 for reward in rewards.values())

    assert [variance(0.0), variance(1 / 3)] == [pytest.approx(by_hand(0.0)), pytest.approx(by_hand(1 / 3))]
    assert by_hand(1 / 3) < by_hand(0.0) / 5
