"""Expected latency against Eqs. 5 and 6 evaluated by enumeration."""

from itertools import product

import pytest
import torch

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.search_space import LayerwiseSpace


@pytest.fixture
def expected(space: LayerwiseSpace, table: LatencyTable) -> ExpectedLatency:
    return ExpectedLatency(space, table)


def _random(space: LayerwiseSpace) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(count, generator=generator, dtype=torch.float64).softmax(0) for count in space.options]


def test_it_is_the_mean_over_all_architectures(
    space: LayerwiseSpace, table: LatencyTable, expected: ExpectedLatency
) -> None:
    probabilities = _random(space)
    mean = 0.0
    for architecture in product(*map(range, space.options)):
        p = torch.stack([q[option] for q, option in zip(probabilities, architecture, strict=True)]).prod()
        mean += float(p) * table.latency_ms(space.network(architecture))
    assert float(expected(probabilities)) == pytest.approx(mean, rel=1e-12)


def test_one_hot_probabilities_give_an_architectures_latency(
    space: LayerwiseSpace, table: LatencyTable, expected: ExpectedLatency
) -> None:
    for architecture in product(*map(range, space.options)):
        one_hot = [torch.eye(count)[option] for count, option in zip(space.options, architecture, strict=True)]
        latency_ms = table.latency_ms(space.network(architecture))
        assert float(expected(one_hot)) == pytest.approx(latency_ms)
        assert expected.of(architecture) == pytest.approx(latency_ms)


def test_its_gradient_is_the_latency_of_each_candidate(
    space: LayerwiseSpace, table: LatencyTable, expected: ExpectedLatency
) -> None:
    probabilities = [p.requires_grad_() for p in _random(space)]
    expected(probabilities).backward()
    for index, p in zip(space.choice_blocks, probabilities, strict=True):
        rows = [table.layer_ms(layer) for layer in space.layers[index]]
        torch.testing.assert_close(p.grad, torch.tensor(rows, dtype=torch.float64))


def test_some_candidates_alone_can_be_weighed(space: LayerwiseSpace, expected: ExpectedLatency) -> None:
    options = [(0, 2), (1, 3), (2, 0)]
    pair = [torch.tensor([0.25, 0.75], dtype=torch.float64)] * 3
    whole = [torch.zeros(count, dtype=torch.float64) for count in space.options]
    for p, (first, second) in zip(whole, options, strict=True):
        p[first], p[second] = 0.25, 0.75
    assert float(expected(pair, options)) == pytest.approx(float(expected(whole)))
