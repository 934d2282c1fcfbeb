"""A loss in the course of a search learns the weight of latency, and a checkpoint has it."""

import pytest
import pytorch_lightning as pl
import torch

from mobilenas.method import Binarized, BinarizedModule
from mobilenas.method.search_loss import SearchLoss
from mobilenas.objective import LatencyLoss, LatencyTarget
from mobilenas.training.recipe import Recipe
from tests.method.test_gumbel import QUIET, FixedTurns, _gumbel
from tests.method.toy import images_of, toy_latency, toy_space

OBJECTIVE = LatencyTarget(2.0, weight_lr=0.125)


def test_an_objective_without_a_weight_to_learn_is_as_it_is() -> None:
    objective = SearchLoss(LatencyLoss(0.5))
    objective.settle(7.0)
    assert float(objective.loss(torch.tensor(2.0), torch.tensor(3.0))) == 3.5
    assert not objective.state_dict() and not objective.figures


def test_the_weight_is_the_sum_of_the_distances_from_the_target() -> None:
    objective = SearchLoss(OBJECTIVE)
    for latency_ms in (4.0, 3.0, 1.0):
        objective.settle(latency_ms)
    assert objective.figures == {"latency_weight": 0.125 * (1.0 + 0.5 - 0.5)}
    assert float(objective.loss(torch.tensor(2.0), torch.tensor(6.0))) == 2.0 + 0.125 * 2.0
    other = SearchLoss(OBJECTIVE)
    other.load_state_dict(objective.state_dict())
    assert other.figures == objective.figures


def test_every_architecture_step_of_gumbel_moves_it_by_the_latency_of_the_most_probable_architecture() -> None:
    latency, turns = toy_latency(k1=1.0, k3=4.0, k5=9.0), FixedTurns((2, 3))
    settings = {"lr": 0.1, "weight_decay": 0.0, "temperature": 5.0, "temperature_decay": 0.0, "warmup_share": 0.5}
    method = _gumbel(toy_space(), Recipe(4, 4, 0.1), latency, turns, OBJECTIVE, **settings)
    found: list[float] = []
    step = method.objective.settle
    method.objective.settle = lambda latency_ms: (found.append(latency_ms), step(latency_ms))  # type: ignore[assignment]
    pl.Trainer(max_epochs=4, **QUIET).fit(method, turns)
    assert len(found) == 2 * 3  # in the second half of the epochs
    assert found[-1] == latency.of(method.architecture.most_probable())
    assert method.objective.figures["latency_weight"] == pytest.approx(0.125 * sum(ms / 2 - 1 for ms in found))
    assert "objective.latency_weight" in method.state_dict()


@pytest.mark.parametrize("rule", ["two_path", "exact"])
def test_a_step_of_binary_gates_moves_it_too(rule: str) -> None:
    settings = Binarized(rule, OBJECTIVE, lr=0.1)
    latency = toy_latency(k1=4.0, k3=4.0, k5=4.0)
    method = BinarizedModule(toy_space(), Recipe(1, 4, 0.1), latency, lambda begin: iter(()), settings)
    before = [alpha.detach().clone() for alpha in method.architecture.alphas]
    method.rule.loss(method.supernet, method.architecture, *images_of([0] * 4))
    method.rule.settle(method.architecture, before)
    assert method.rule.figures == {"latency_weight": 0.125}
    assert float(method.state_dict()["rule.objective.latency_weight"]) == 0.125
