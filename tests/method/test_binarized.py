"""ProxylessNAS's search among candidates whose losses are known, with every rule."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import count, islice
from math import exp, log
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from mobilenas.hardware import ExpectedLatency
from mobilenas.method import BATCHES, LATENCY, TURNS, Binarized, BinarizedModule
from mobilenas.method.base import Batches
from mobilenas.method.binarized import Rule
from mobilenas.objective import LatencyLoss, LatencyReward, Loss, Reward
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import given
from mobilenas.training.recipe import Recipe
from tests.method.toy import KERNELS, Expectation, images_of, set_answers, toy_latency, toy_space

RULES = ("two_path", "exact", "reinforce")
LABELS = [0] * 6 + [1] * 2 + [2] * 2
ANSWERS = {5: (0.5, 0.0, 0.0), 3: (0.0, 0.5, 0.0), 1: (0.0, 0.0, 0.5)}  # right for .6, .2 and .2 of the images


def _binarized(
    space: LayerwiseSpace, recipe: Recipe, latency: ExpectedLatency, batches: Batches, rule: Rule,
    objective: Loss | Reward, kind: type[BinarizedModule] = BinarizedModule, **settings: Any,
) -> BinarizedModule:  # fmt: skip
    return kind(space, recipe, latency, batches, Binarized(rule=rule, objective=objective, **settings))


def _batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
    return (images_of(LABELS, number) for number in count(start))


def _search(rule: Rule, seed: int = 0, **trainer: Any) -> BinarizedModule:
    """A search by accuracy alone whose weights hardly move, so that the candidates answer as they do at the start."""
    torch.manual_seed(seed)
    method = _binarized(
        toy_space(3), Recipe(3, 10, 1e-9), toy_latency(3, k1=1.0, k3=2.0, k5=4.0), _batches, rule,
        _objective(rule, 0.0), lr=0.1, warmup_share=1 / 3, weight_steps=1, samples=4, baseline_rate=0.5,
    )  # fmt: skip
    set_answers(method.supernet, ANSWERS)
    pl.Trainer(
        max_epochs=3, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        **{"accelerator": "cpu"} | trainer,
    ).fit(method, DataLoader(list(islice(_batches(1000), 30)), batch_size=None))  # fmt: skip
    return method


def _kernel(method: BinarizedModule) -> int:
    return KERNELS[method.architecture.most_probable()[0]]


def _objective(rule: str, weight: float) -> Loss | Reward:
    return LatencyReward(1.0, -weight, -weight) if rule == "reinforce" else LatencyLoss(weight)


@pytest.mark.parametrize("rule", RULES)
def test_a_search_ends_in_the_best_candidate(rule: str) -> None:
    assert _kernel(_search(rule)) == 5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("precision", ["32-true", "16-mixed", "bf16-mixed"])
def test_a_search_on_a_gpu_ends_in_the_best_candidate(rule: str, precision: str) -> None:
    assert _kernel(_search(rule, accelerator="gpu", precision=precision)) == 5


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("weight", "best"), [(0.0, 5), (1.0, 3)])
def test_the_weight_of_latency_moves_the_choice_to_a_faster_one_that_is_a_little_worse(
    rule: str, weight: float, best: int
) -> None:
    """By the exact expectation of the step: the candidate with the best objective gains the most."""
    labels, answers = [0] * 5 + [1] * 4 + [2], {5: (1.0, 0.0, 0.0), 3: (0.0, 1.0, 0.0), 1: (0.0, 0.0, 1.0)}
    latency_ms = {5: 1.5, 3: 1.0, 1: 1.0}
    method = _binarized(
        toy_space(3), Recipe(1, 10, 0.1), toy_latency(3, k1=1.0, k3=1.0, k5=1.5), _batches, rule,
        _objective(rule, weight), lr=0.1, std=0.0, samples=2,
    )  # fmt: skip
    set_answers(method.supernet, answers)
    (alpha,) = method.architecture.alphas

    def gradient() -> Tensor:
        if rule == "reinforce":
            method.rule.baseline.zero_()
        loss = method.rule.loss(method.supernet, method.architecture, *images_of(labels))
        return torch.autograd.grad(loss, alpha)[0]

    def loss_of(kernel: int) -> float:
        """Of the candidate alone; of a reward, less the reward."""
        answer = answers[kernel]
        if rule == "reinforce":
            return -(labels.count(answer.index(1.0)) / 10) * latency_ms[kernel] ** -weight
        mean = sum(log(sum(map(exp, answer))) - answer[label] for label in labels) / 10
        return mean + weight * latency_ms[kernel]

    assert min(KERNELS, key=loss_of) == best
    assert KERNELS[Expectation().of(gradient).argmin()] == best


def test_a_weight_step_follows_the_gradient_along_the_sampled_path() -> None:
    torch.manual_seed(0)
    method = _binarized(
        toy_space(3), Recipe(1, 10, 0.1, momentum=0.0), toy_latency(3, k1=1.0, k3=1.0, k5=1.0), _batches, "two_path",
        LatencyLoss(1.0), lr=0.1,
    )  # fmt: skip
    method.architecture.sample = lambda: (1,)
    before, (images, labels) = deepcopy(method.supernet), images_of(LABELS)
    pl.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(method, DataLoader([(images, labels)], batch_size=None))  # fmt: skip
    cross_entropy(before(images, (1,)), labels).backward()
    for weight, was in zip(method.supernet.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(weight, was if was.grad is None else was - 0.1 * was.grad, rtol=1e-3, atol=1e-5)
    assert [weight.grad is None for weight in before.layers[1].parameters()] == [True] * 9 + [False] * 9 + [True] * 9


def test_the_history_holds_the_latency_of_every_epoch() -> None:
    learned = _search("two_path").learned()
    history, (probabilities,) = learned["history"], learned["probabilities"]
    assert len(history) == 3
    assert history[0]["expected_latency_ms"] == pytest.approx(7 / 3, rel=0.01)  # before the warm-up ends
    latencies_ms = (2.0, 1.0, 4.0)  # by KERNELS
    expected_ms = sum(p * ms for p, ms in zip(probabilities, latencies_ms, strict=True))
    derived_ms = latencies_ms[probabilities.index(max(probabilities))]
    assert history[-1] == pytest.approx({"expected_latency_ms": expected_ms, "derived_latency_ms": derived_ms})


def test_the_history_holds_the_probabilities_of_every_epoch() -> None:
    learned = _search("two_path").learned()
    first, *_, last = learned["probabilities_by_epoch"]
    assert len(learned["probabilities_by_epoch"]) == 3
    assert first == [pytest.approx([1 / 3] * 3, abs=0.01)]  # before the warm-up ends
    assert last == [pytest.approx(learned["probabilities"][0], abs=1e-4)]


class Watched(BinarizedModule):
    """Keeps how often each kind of step was taken, and what an architecture step changed in the supernet."""

    taken: tuple[list[int], list[int]]
    changed: set[str]

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        self.taken[0].append(self.current_epoch)
        super().step_weights(images, labels)

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        self.taken[1].append(len(self.taken[0]))
        before = {name: value.clone() for name, value in self.supernet.state_dict().items()}
        super().step_architecture(images, labels)
        after = self.supernet.state_dict()
        self.changed |= {name.rpartition(".")[2] for name in before if not torch.equal(before[name], after[name])}


def _watch(rule: str, **settings: object) -> Watched:
    torch.manual_seed(0)
    latency = toy_latency(3, k1=1.0, k3=1.0, k5=1.0)
    method = _binarized(
        toy_space(3), Recipe(3, 32, 0.1), latency, _batches, rule, _objective(rule, 0.1), Watched, lr=0.1, samples=2,
        **settings,
    )  # fmt: skip
    method.taken, method.changed = ([], []), set()
    pl.Trainer(
        max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(method, DataLoader(list(islice(_batches(0), 4)), batch_size=None))  # fmt: skip
    return method


@pytest.mark.parametrize("rule", RULES)
def test_an_architecture_step_leaves_weights_and_statistics_as_they_are(rule: str) -> None:
    method = _watch(rule, weight_steps=2)
    assert method.taken[1]
    assert method.changed == set()


@pytest.mark.parametrize("rule", RULES)
def test_statistics_move_where_that_is_wanted(rule: str) -> None:
    method = _watch(rule, weight_steps=2, move_statistics=True)
    assert method.changed == {"running_mean", "running_var", "num_batches_tracked"}


@pytest.mark.parametrize(
    ("settings", "after"),
    [
        ({"weight_steps": 5}, [5, 10]),  # of 3 epochs of 4 batches
        ({"weight_steps": 3, "warmup_share": 1 / 3}, [6, 9, 12]),
        ({"weight_steps": 1, "warmup_share": 5 / 6}, [11, 12]),
    ],
    ids=str,
)
def test_so_many_weight_steps_come_before_each_architecture_step(settings: dict[str, float], after: list[int]) -> None:
    method = _watch("two_path", **settings)
    assert method.taken[1] == after
    assert int(method.architecture_steps) == len(after)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rule": "best"}, "rule must be one of two_path, exact, reinforce, not 'best'"),
        ({"rule": "reinforce"}, "maximizes a reward: add objective@method.objective=latency_reward"),
        ({"objective": LatencyReward(1.0, 0.0, 0.0)}, "minimizes a loss: add objective@method.objective=latency_loss"),
        ({"lr": 0.0}, "lr must be a number above 0"),
        ({"weight_steps": 0}, "weight_steps must be a whole number, 1 or more"),
        ({"warmup_share": 1.0}, "warmup_share must be a number from 0 to below 1"),
        ({"init": "flase"}, "init must be one of random, zero, inherit, not 'flase'"),
        ({"baseline_rate": 5.0}, "baseline_rate must be a number above 0 and at most 1"),
        ({"betas": (0.9,)}, "betas must be a list of two"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Binarized(**{"rule": "two_path", "objective": LatencyLoss(0.0), "lr": 0.1} | settings)


def test_a_moving_average_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(ValueError, match=r"binarized: a moving average .* set supernet_recipe\.ema_decay=null"):
        Binarized(rule="two_path", objective=LatencyLoss(0.0), lr=0.1).check(Recipe(1, 32, 0.1, ema_decay=0.9))


def test_the_module_is_given_what_the_settings_say_they_need() -> None:
    latency = toy_latency(k1=1.0, k3=1.0, k5=1.0)
    things = given((LATENCY, latency), (BATCHES, _batches), (TURNS, None))
    settings = Binarized(rule="two_path", objective=LatencyLoss(0.0), lr=0.1)
    assert isinstance(settings.module(toy_space(), Recipe(1, 32, 0.1), things.only(settings.needs)), BinarizedModule)


def test_the_target_is_that_of_the_objective() -> None:
    assert Binarized(rule="two_path", objective=LatencyLoss(0.0, target_ms=2.0), lr=0.1).target_ms == 2.0
