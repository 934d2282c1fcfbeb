"""ProxylessNAS's search on a toy whose best candidate is known, with every rule."""

from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mobilenas.hardware import ExpectedLatency
from mobilenas.method import BATCHES, LATENCY, TURNS, Binarized, BinarizedModule
from mobilenas.method.base import Batches
from mobilenas.method.binarized import Rule
from mobilenas.objective import LatencyLoss, LatencyReward, Loss, Reward
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import given
from mobilenas.training.recipe import Recipe
from tests.method.toy import KERNELS, toy_batches, toy_latency, toy_space

RULES = ("two_path", "exact", "reinforce")


def _binarized(
    space: LayerwiseSpace, recipe: Recipe, latency: ExpectedLatency, batches: Batches, rule: Rule,
    objective: Loss | Reward, kind: type[BinarizedModule] = BinarizedModule, **settings: Any,
) -> BinarizedModule:  # fmt: skip
    return kind(space, recipe, latency, batches, Binarized(rule=rule, objective=objective, **settings))


def _search(
    rule: Rule, objective: Loss | Reward, latency: ExpectedLatency, far: float = 0.0, **trainer: Any
) -> BinarizedModule:
    torch.manual_seed(0)
    method = _binarized(
        toy_space(), Recipe(4, 32, 0.1), latency, lambda start: toy_batches(far, 10_000 + start), rule, objective,
        lr=0.1, warmup_share=0.25, weight_steps=1, samples=4, baseline_rate=0.5,
    )  # fmt: skip
    pl.Trainer(
        max_epochs=4, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        **{"accelerator": "cpu"} | trainer,
    ).fit(method, DataLoader(list(toy_batches(far, 0, 45)), batch_size=None))  # fmt: skip
    return method


def _kernel(method: BinarizedModule) -> int:
    return KERNELS[method.architecture.most_probable()[0]]


def _objective(rule: str, weight: float) -> Loss | Reward:
    return LatencyReward(1.0, -weight, -weight) if rule == "reinforce" else LatencyLoss(weight)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_the_one_candidate_that_sees_enough(rule: str) -> None:
    assert _kernel(_search(rule, _objective(rule, 0.0), toy_latency(k1=1.0, k3=1.0, k5=1.0), far=1.0)) == 5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("precision", ["32-true", "16-mixed", "bf16-mixed"])
def test_a_rule_finds_it_on_a_gpu(rule: str, precision: str) -> None:
    latency = toy_latency(k1=1.0, k3=1.0, k5=1.0)
    assert _kernel(_search(rule, _objective(rule, 0.0), latency, 1.0, accelerator="gpu", precision=precision)) == 5


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("weight", "best"), [(0.0, 5), (1.0, 3)])
def test_the_weight_of_latency_moves_the_choice_to_a_faster_one_that_is_a_little_worse(
    rule: str, weight: float, best: int
) -> None:
    assert _kernel(_search(rule, _objective(rule, weight), toy_latency(k1=1.0, k3=1.0, k5=1.5), far=0.3)) == best


def test_the_history_holds_the_latency_of_every_epoch() -> None:
    latency = toy_latency(k1=1.0, k3=2.0, k5=4.0)
    learned = _search("two_path", LatencyLoss(0.0), latency, far=1.0).learned()
    history, (probabilities,) = learned["history"], learned["probabilities"]
    assert len(history) == 4
    assert history[0]["expected_latency_ms"] == pytest.approx(7 / 3, rel=0.01)  # before the warm-up ends
    expected_ms = sum(p * ms for p, ms in zip(probabilities, (2.0, 1.0, 4.0), strict=True))  # by KERNELS
    assert history[-1] == pytest.approx({"expected_latency_ms": expected_ms, "derived_latency_ms": 4.0})


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
    latency = toy_latency(k1=1.0, k3=1.0, k5=1.0)
    method = _binarized(
        toy_space(), Recipe(3, 32, 0.1), latency, lambda start: toy_batches(0.0, start), rule, _objective(rule, 0.1),
        kind=Watched, lr=0.1, samples=2, **settings,
    )  # fmt: skip
    method.taken, method.changed = ([], []), set()
    pl.Trainer(
        max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(method, DataLoader(list(toy_batches(0.0, 0, 4)), batch_size=None))  # fmt: skip
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
        ({"zero_init": "flase"}, "zero_init must be true or false, not 'flase'"),
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
    things = given((LATENCY, latency), (BATCHES, lambda start: toy_batches(0.0, start)), (TURNS, None))
    settings = Binarized(rule="two_path", objective=LatencyLoss(0.0), lr=0.1)
    assert isinstance(settings.module(toy_space(), Recipe(1, 32, 0.1), things.only(settings.needs)), BinarizedModule)


def test_the_target_is_that_of_the_objective() -> None:
    assert Binarized(rule="two_path", objective=LatencyLoss(0.0, target_ms=2.0), lr=0.1).target_ms == 2.0
