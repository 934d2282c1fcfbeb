"""ProxylessNAS's search on a toy whose best candidate is known, with every rule, and resumed."""

from collections.abc import Iterator

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.method import Binarized
from mobilenas.objective import LatencyLoss, LatencyReward, Loss, Reward
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from mobilenas.recipe import Recipe
from mobilenas.search_space import LayerwiseSpace

RULES = ("two_path", "exact", "reinforce")
KERNELS = (1, 3, 5)
SIDE = 12


def _space() -> LayerwiseSpace:
    candidates = tuple[Op, ...](MBConv(8, kernel, expanded=32) for kernel in KERNELS)
    return LayerwiseSpace("toy", Shape(3, SIDE, SIDE), ((Conv(8, 1),), candidates, (Classifier(2),)))


def _latency(**rows: float) -> ExpectedLatency:
    """A table by kernel; the fixed layers take no time."""
    space = _space()
    by_kernel = {space.layers[1][option].key: rows[f"k{kernel}"] for option, kernel in enumerate(KERNELS)}
    return ExpectedLatency(space, LatencyTable({space.layers[0][0].key: 0.0, space.layers[2][0].key: 0.0} | by_kernel))


def textures(count: int, far: float, seed: int) -> tuple[Tensor, Tensor]:
    """Random textures that repeat along rows or along columns, which is the class.

    They repeat at every pixel, which a kernel of 3 can see, or in a share ``far`` of the images at every fourth, which
    takes a kernel of 5.
    """
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 2, (count,), generator=generator)
    periods = torch.where(torch.rand(count, generator=generator) < far, 4, 1)
    images = [torch.randint(0, 2, (3, SIDE, n), generator=generator).repeat(1, 1, SIDE // n) for n in periods.tolist()]
    turned = [image.mT if label else image for image, label in zip(images, labels, strict=True)]
    return torch.stack(turned) * 2.0 - 1, labels


def _batches(far: float, start: int, count: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    number = start
    while count is None or number < start + count:
        yield textures(32, far, number)
        number += 1


def _search(rule: str, objective: Loss | Reward, latency: ExpectedLatency, far: float = 0.0) -> Binarized:
    torch.manual_seed(0)
    method = Binarized(
        _space(), Recipe(4, 32, 0.1), latency, lambda start: _batches(far, 10_000 + start), rule, objective,
        lr=0.1, warmup_epochs=1, weight_steps=1, samples=4, baseline_rate=0.5,
    )  # fmt: skip
    trainer = pl.Trainer(
        max_epochs=4, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(method, DataLoader(list(_batches(far, 0, 45)), batch_size=None))
    return method


def _kernel(method: Binarized) -> int:
    return KERNELS[method.architecture.most_probable()[0]]


def _objective(rule: str, weight: float) -> Loss | Reward:
    return LatencyReward(1.0, -weight) if rule == "reinforce" else LatencyLoss(weight)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_the_one_candidate_that_sees_enough(rule: str) -> None:
    assert _kernel(_search(rule, _objective(rule, 0.0), _latency(k1=1.0, k3=1.0, k5=1.0), far=1.0)) == 5


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("weight", "best"), [(0.0, 5), (1.0, 3)])
def test_the_weight_of_latency_moves_the_choice_to_a_faster_one_that_is_a_little_worse(
    rule: str, weight: float, best: int
) -> None:
    assert _kernel(_search(rule, _objective(rule, weight), _latency(k1=1.0, k3=1.0, k5=1.5), far=0.3)) == best


def test_the_history_holds_the_latency_of_every_epoch() -> None:
    latency = _latency(k1=1.0, k3=2.0, k5=4.0)
    learned = _search("two_path", LatencyLoss(0.0), latency, far=1.0).learned()
    history, (probabilities,) = learned["history"], learned["probabilities"]
    assert len(history) == 4
    assert history[0]["expected_latency_ms"] == pytest.approx(7 / 3, rel=0.01)  # before the warm-up ends
    expected_ms = sum(p * ms for p, ms in zip(probabilities, (1.0, 2.0, 4.0), strict=True))
    assert history[-1] == pytest.approx({"expected_latency_ms": expected_ms, "derived_latency_ms": 4.0})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rule": "best"}, "rule is one of two_path, exact, reinforce, not 'best'"),
        ({"rule": "reinforce"}, "maximizes a reward: add objective@method.objective=latency_reward"),
        ({"objective": LatencyReward(1.0, 0.0)}, "minimizes a loss: add objective@method.objective=latency_loss"),
        ({"lr": 0.0}, "lr must be a number above 0"),
        ({"weight_steps": 0}, "weight_steps must be a whole number above 0"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"rule": "two_path", "objective": LatencyLoss(0.0), "lr": 0.1} | settings
    with pytest.raises(ValueError, match=said):
        Binarized(_space(), Recipe(1, 32, 0.1), _latency(k1=1.0, k3=1.0, k5=1.0), lambda start: iter(()), **given)
