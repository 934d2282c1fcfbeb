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
from mobilenas.search_space import proxyless_mobile
from mobilenas.supernet import Supernet

SPACE = proxyless_mobile(
    4, 8, width=0.25, stages=2, blocks=2, hidden=0.0625, unstrided=2, candidates=["e3_k3", "e6_k5"]
)  # 2 x 3 x 2 x 3 networks
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


def test_the_mean_gradient_over_many_draws_is_that_of_the_expected_reward(supernet: Supernet) -> None:
    torch.manual_seed(2)
    architecture = ArchitectureParameters(SPACE.options, 0.5).double()
    expected_reward = torch.zeros((), dtype=torch.float64)
    for path in product(*map(range, SPACE.options)):
        p = torch.stack([q[option] for q, option in zip(architecture.probabilities(), path, strict=True)]).prod()
        expected_reward = expected_reward + p * _reward(supernet, path)
    exact = torch.cat(torch.autograd.grad(expected_reward, list(architecture.alphas)))

    rule = Reinforce(REWARD, ExpectedLatency(SPACE, TABLE), samples=4, baseline_rate=0.3)
    draws = []
    for _ in range(300):
        architecture.zero_grad()
        (-rule.loss(supernet, architecture, *_batch())).backward()
        draws.append(torch.cat([alpha.grad for alpha in architecture.alphas]))
    gradients = torch.stack(draws)
    standard_error = gradients.std(0) / len(gradients) ** 0.5
    assert ((gradients.mean(0) - exact).abs() < 4 * standard_error).all()
    assert (exact.abs() > 4 * standard_error).any()


def test_the_baseline_follows_the_mean_reward_and_is_saved(supernet: Supernet) -> None:
    architecture = ArchitectureParameters(SPACE.options, 0.0)
    rule = Reinforce(REWARD, ExpectedLatency(SPACE, TABLE), samples=20, baseline_rate=0.5)
    for _ in range(10):
        rule.loss(supernet, architecture, *_batch())
    rewards = [_reward(supernet, path) for path in product(*map(range, SPACE.options))]
    assert min(rewards) < float(rule.state_dict()["baseline"]) < max(rewards)


def test_the_baseline_lowers_the_variance_of_the_gradient(supernet: Supernet) -> None:
    torch.manual_seed(3)
    architecture = ArchitectureParameters(SPACE.options, 0.5)
    spreads = []
    for rate in (0.0, 0.5):
        rule = Reinforce(REWARD, ExpectedLatency(SPACE, TABLE), samples=4, baseline_rate=rate)
        gradients = []
        for _ in range(60):
            architecture.zero_grad()
            rule.loss(supernet, architecture, *_batch()).backward()
            gradients.append(torch.cat([alpha.grad for alpha in architecture.alphas]))
        spreads.append(torch.stack(gradients[10:]).var(0).sum())
    assert spreads[1] < spreads[0] / 2
