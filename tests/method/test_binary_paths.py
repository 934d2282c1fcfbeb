"""The two gradient rules of ProxylessNAS against Eq. 4 evaluated as it is printed, in float64."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method.architecture import ArchitectureParameters
from mobilenas.method.draw import Draw, keep_undrawn
from mobilenas.method.freezing import frozen_statistics, frozen_weights
from mobilenas.method.rules import BinaryPaths
from mobilenas.objective import LatencyLoss
from mobilenas.search_space import LayerwiseSpace, MoGA, ProxylessCifar, ProxylessMobile
from mobilenas.supernet import Mix, Supernet

SIZE = {"width": 0.25, "stages": 2, "blocks": 2, "hidden": 0.0625, "unstrided": 2}
SPACES = {
    "with the zero operation": ProxylessMobile(**SIZE).space(4, 8),
    "without": MoGA(**SIZE, dropout=0.0).space(4, 8),
    "tree": ProxylessCifar(blocks=1, channels=20).space(4, 8),
}
LATENCY_WEIGHT = 0.3


@pytest.fixture(params=SPACES)
def space(request: pytest.FixtureRequest) -> LayerwiseSpace:
    return SPACES[request.param]


def _latency(space: LayerwiseSpace) -> ExpectedLatency:
    generator = torch.Generator().manual_seed(1)
    return ExpectedLatency(
        space, LatencyTable({key: float(torch.rand(1, generator=generator)) for key in layers_of(space)})
    )


def _start(space: LayerwiseSpace, seed: int) -> tuple[Supernet, ArchitectureParameters, Tensor, Tensor]:
    torch.manual_seed(seed)
    supernet = Supernet(space).double().train()
    return (
        supernet,
        ArchitectureParameters(space.options, 1.0).double(),
        torch.randn(6, 3, 8, 8).double(),
        torch.arange(6) % 4,
    )


@dataclass(frozen=True)
class PlainSum(Mix):
    """Eq. 3 as printed: all outputs, weighted by their gates."""

    gates: Tensor
    options: Sequence[int]

    def mix(self, candidates: Sequence[nn.Module], input: Tensor) -> Tensor:
        return sum(gate * candidates[option](input) for gate, option in zip(self.gates, self.options, strict=True))


def _eq_4(gate_gradients: Tensor, p: Tensor) -> list[float]:
    n = len(p)
    return [sum(float(gate_gradients[j] * p[j] * (int(i == j) - p[i])) for j in range(n)) for i in range(n)]


@pytest.mark.parametrize("draw", [Draw.two, Draw.all], ids=["two_path", "exact"])
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_eq_4_over_the_drawn_candidates(space: LayerwiseSpace, draw, seed: int) -> None:
    supernet, architecture, images, labels = _start(space, seed)
    latency, draws = _latency(space), []
    rule = BinaryPaths(lambda alpha: draws.append(draw(alpha)) or draws[-1], LatencyLoss(LATENCY_WEIGHT), latency)
    with frozen_weights(supernet):
        rule.loss(supernet, architecture, images, labels).backward()

    gates = [torch.eye(len(one.options), dtype=torch.float64)[one.active].requires_grad_() for one in draws]
    sums = [PlainSum(gate, one.options) for gate, one in zip(gates, draws, strict=True)]
    cross_entropy(supernet(images, sums), labels).backward()
    for block, (alpha, gate, one) in enumerate(zip(architecture.alphas, gates, draws, strict=True)):
        options = list(one.options)
        p = alpha.detach()[options].exp() / alpha.detach()[options].exp().sum()
        costs = torch.tensor([latency.of(_with(space, block, option)) for option in options], dtype=torch.float64)
        expected = torch.zeros(len(alpha), dtype=torch.float64)
        expected[options] = torch.tensor(_eq_4(gate.grad + LATENCY_WEIGHT * costs, p), dtype=torch.float64)
        assert gate.grad.abs().min() > 0
        torch.testing.assert_close(alpha.grad, expected, rtol=0, atol=1e-10)


def _with(space: LayerwiseSpace, block: int, option: int) -> list[int]:
    """An architecture with that option; what the other blocks cost is a constant, which Eq. 4 takes no notice of."""
    return [option if index == block else 0 for index in range(len(space.options))]


def test_the_output_is_that_of_the_active_path(space: LayerwiseSpace) -> None:
    supernet, architecture, images, _ = _start(space, 0)
    draws = [Draw.two(alpha) for alpha in architecture.alphas]
    path = [draw.options[draw.active] for draw in draws]
    assert torch.equal(supernet(images, [draw.gates for draw in draws]), supernet(images, path))


def test_an_architecture_step_computes_no_gradient_of_weights(space: LayerwiseSpace) -> None:
    supernet, architecture, images, labels = _start(space, 0)
    with frozen_weights(supernet):
        BinaryPaths(Draw.all, LatencyLoss(0.0), _latency(space)).loss(supernet, architecture, images, labels).backward()
    assert all(weight.grad is None and weight.requires_grad for weight in supernet.parameters())


def test_frozen_statistics_normalize_by_the_batch_and_do_not_move(space: LayerwiseSpace) -> None:
    supernet, _, images, _ = _start(space, 0)
    path = [0] * len(space.options)
    before = {name: value.clone() for name, value in supernet.named_buffers()}
    with frozen_statistics(supernet):
        frozen = supernet(images, path)
    assert all(torch.equal(value, before[name]) for name, value in supernet.named_buffers())
    torch.testing.assert_close(frozen, supernet(images, path))
    assert not all(torch.equal(value, before[name]) for name, value in supernet.named_buffers())


@pytest.mark.parametrize("betas", [(0.0, 0.999), (0.9, 0.999)])
def test_undrawn_candidates_keep_their_probability_whatever_the_optimizers_state(betas: tuple[float, float]) -> None:
    torch.manual_seed(0)
    alpha = torch.randn(7, requires_grad=True)
    optimizer = torch.optim.Adam([alpha], 0.05, betas, weight_decay=1e-3)
    for _ in range(20):
        before, draw = alpha.detach().clone(), Draw.two(alpha)
        optimizer.zero_grad()
        (draw.probabilities * torch.randn(2)).sum().backward()
        optimizer.step()
        keep_undrawn(alpha, before, draw)
        moved = (alpha.detach().double().softmax(0) - before.double().softmax(0)).abs()
        assert moved.max() > 1e-6
        assert all(moved[option] < 1e-7 for option in range(7) if option not in draw.options)


def test_two_candidates_are_drawn_by_their_probabilities() -> None:
    torch.manual_seed(0)
    alpha = torch.tensor([0.6, 0.3, 0.1]).log()
    draws = [Draw.two(alpha) for _ in range(4000)]
    first = sum(0 in draw.options for draw in draws) / 4000  # .6 + .3 x .6/.7 + .1 x .6/.9
    active = sum(draw.options[draw.active] == 0 for draw in draws if set(draw.options) == {0, 1})
    pairs = sum(set(draw.options) == {0, 1} for draw in draws)
    assert abs(first - 0.9238) < 0.02
    assert abs(active / pairs - 2 / 3) < 0.03


def test_a_candidate_of_vanishing_probability_can_still_be_drawn() -> None:
    draw = Draw.two(torch.tensor([0.0, -1e4]))
    assert sorted(draw.options) == [0, 1] and draw.options[draw.active] == 0


# The network's own rounding leaves a cosine of .87 to .99 on one of 20 seeds, and a wrong gradient one near 0.
def test_mixed_precision_gives_gradients_of_full_precision(space: LayerwiseSpace) -> None:
    cosines = []
    for seed in range(5):
        supernet, architecture, images, labels = _start(space, seed)
        supernet, architecture = supernet.float(), architecture.float()
        draws = [Draw.all(alpha) for alpha in architecture.alphas]
        gradients = []
        for enabled in (False, True):
            architecture.zero_grad()
            with frozen_weights(supernet), torch.autocast("cpu", torch.bfloat16, enabled):
                logits = supernet(images.float(), [draw.gates for draw in draws])
            loss = cross_entropy(logits.float(), labels)
            loss.backward(retain_graph=True)  # outside: the backward pass enters it itself
            gradients.append(torch.cat([alpha.grad for alpha in architecture.alphas]))
        assert gradients[1].dtype == torch.float32
        cosines.append(torch.nn.functional.cosine_similarity(*gradients, dim=0))
    assert torch.stack(cosines).mean() > 0.8
