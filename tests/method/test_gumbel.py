"""FBNet's masks and schedule against the paper, and its search among candidates whose losses are known."""

from collections.abc import Iterator
from copy import deepcopy
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mobilenas.data import Augment, Digits, Turns
from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method import BATCHES, LATENCY, TURNS, Gumbel, GumbelModule
from mobilenas.method.freezing import frozen_statistics, frozen_weights
from mobilenas.objective import LatencyLog, LatencyLoss, LatencyReward, Loss
from mobilenas.search_space import FBNet, LayerwiseSpace
from mobilenas.settings import given
from mobilenas.supernet import Weighted
from mobilenas.tracking import CsvLog
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from tests.method.toy import KERNELS, images_of, set_answers, toy_latency, toy_space
from tests.training.with_callbacks import WithCallbacks

SPACE = FBNet(0.25, stages=2, blocks=2, hidden=0.0625, unstrided=2, dropout=0.0).space(4, 8)


QUIET = {
    "accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False,
    "enable_model_summary": False,
}  # fmt: skip


class FixedTurns(Turns):
    """Images of noise in turns, all of the first class."""

    def __init__(self, lengths: tuple[int, int] = (2, 1)) -> None:
        super().__init__()
        self._batches = [
            [images_of([0] * 4, 100 * turn + number) for number in range(count)] for turn, count in enumerate(lengths)
        ]

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(map(len, self._batches))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batches in self._batches:
            yield from batches


def _latency(space: LayerwiseSpace) -> ExpectedLatency:
    generator = torch.Generator().manual_seed(1)
    return ExpectedLatency(
        space, LatencyTable({key: float(torch.rand(1, generator=generator)) for key in layers_of(space)})
    )


class Still(GumbelModule):
    """The method as it is in an epoch, without a trainer."""

    epoch = 0

    @property
    def current_epoch(self) -> int:
        return self.epoch


def _settings(**settings: object) -> Gumbel:
    paper = {
        "objective": LatencyLog(0.2, 0.6), "lr": 0.01, "weight_decay": 5e-4, "temperature": 5.0,
        "temperature_decay": 4.05, "warmup_share": 0.111,
    }  # fmt: skip
    return Gumbel(**paper | settings)


def _gumbel(
    space: LayerwiseSpace, recipe: Recipe, latency: ExpectedLatency, turns: Turns, objective: Loss,
    kind: type[GumbelModule] = GumbelModule, **settings: object,
) -> GumbelModule:  # fmt: skip
    return kind(space, recipe, latency, turns, _settings(objective=objective, **settings))


def _method(space: LayerwiseSpace, latency: ExpectedLatency, **settings: object) -> Still:
    return Still(space, Recipe(90, 32, 0.1), latency, FixedTurns(), _settings(**settings))


# App. A: 5.0, times exp(-.045) every epoch of 90.
@pytest.mark.parametrize(("epoch", "temperature"), [(0, 5.0), (9, 5.0 * exp(-0.405)), (89, 5.0 * exp(-4.005))])
def test_the_temperature_falls_by_the_epoch(epoch: int, temperature: float) -> None:
    method = _method(SPACE, _latency(SPACE))
    method.epoch = epoch
    assert method.temperature == pytest.approx(temperature)


def test_the_mask_goes_to_one_hot_as_the_temperature_falls() -> None:
    largest = []
    for temperature in (100.0, 5.0, 0.09, 1e-3):
        torch.manual_seed(0)
        masks = _method(SPACE, _latency(SPACE), temperature=temperature).masks()
        assert all(float(mask.detach().sum()) == pytest.approx(1.0) for mask in masks)
        largest.append(np.mean([float(mask.detach().max()) for mask in masks]))
    assert largest == sorted(largest)
    assert largest[0] < 0.2 and largest[-1] > 0.999


def test_a_cold_mask_draws_the_candidates_by_their_probabilities() -> None:
    method = _method(toy_space(), toy_latency(k1=1.0, k3=1.0, k5=1.0), temperature=1e-3)
    with torch.no_grad():
        method.architecture.alphas[0].copy_(torch.tensor([0.6, 0.3, 0.1]).log())
    torch.manual_seed(0)
    drawn = torch.stack([method.masks()[0].detach() for _ in range(4000)]).mean(0)
    np.testing.assert_allclose(drawn, [0.6, 0.3, 0.1], atol=0.03)


@pytest.mark.parametrize("temperature", [5.0, 0.5])
def test_the_gradient_agrees_with_finite_differences(temperature: float) -> None:
    """Of the whole objective, through the network and through the latency under the same mask (Eqs. 2, 5, 8, 9)."""
    method = _method(SPACE, _latency(SPACE), temperature=temperature).double()
    images, labels = torch.randn(6, 3, 8, 8).double(), torch.arange(6) % 4

    def loss() -> Tensor:
        torch.manual_seed(3)  # the same noise
        with frozen_weights(method.supernet), frozen_statistics(method.supernet):
            return method.architecture_loss(images, labels)

    loss().backward()
    for alpha in method.architecture.alphas:
        for option in range(len(alpha)):
            ends = []
            for step in (1e-6, -2e-6):
                alpha.data[option] += step
                ends.append(float(loss().detach()))
            alpha.data[option] += 1e-6
            assert float(alpha.grad[option]) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-8)


@torch.no_grad()
def test_the_loss_is_eq_2_of_eqs_5_and_9_evaluated_as_printed() -> None:
    method, latency = _method(SPACE, _latency(SPACE)).double(), _latency(SPACE)
    images, labels = torch.randn(6, 3, 8, 8).double(), torch.arange(6) % 4
    torch.manual_seed(3)
    loss = float(method.architecture_loss(images, labels))
    torch.manual_seed(3)
    masks = method.masks()
    x, rest = images, iter(masks)
    for blocks in method.supernet.layers:
        mask = next(rest) if len(blocks) > 1 else torch.ones(1)
        x = sum(m * block(x) for m, block in zip(mask, blocks, strict=True))
    first = [0] * len(masks)
    milliseconds = latency.of(first)
    for block, mask in enumerate(masks):
        costs = [latency.of([*first[:block], option, *first[block + 1 :]]) for option in range(9)]
        milliseconds += sum(float(m) * (cost - costs[0]) for m, cost in zip(mask, costs, strict=True))
    assert loss == pytest.approx(float(cross_entropy(x, labels)) * 0.2 * log(1000 * milliseconds) ** 0.6, rel=1e-10)


def test_latency_under_one_hot_masks_is_the_tables_for_every_candidate() -> None:
    generator = torch.Generator().manual_seed(1)
    table = LatencyTable({key: float(torch.rand(1, generator=generator)) for key in layers_of(SPACE)})
    latency = ExpectedLatency(SPACE, table)
    for option in range(9):
        for block in range(len(SPACE.options)):
            architecture = [option if other == block else (option + other) % 9 for other in range(len(SPACE.options))]
            masks = [torch.eye(9, dtype=torch.float64)[chosen] for chosen in architecture]
            assert float(latency(masks)) == pytest.approx(table.latency_ms(SPACE.network(architecture)), rel=1e-12)


def test_hard_masks_run_one_path_and_have_the_gradient_of_soft_ones() -> None:
    """Straight-through: the gradients of the weighted sum at the one-hot point, handed on to the soft masks."""
    method = _method(SPACE, _latency(SPACE), hard=True).double()
    images, labels = torch.randn(6, 3, 8, 8).double(), torch.arange(6) % 4
    with frozen_weights(method.supernet), frozen_statistics(method.supernet):
        torch.manual_seed(3)
        loss = method.architecture_loss(images, labels)
        gradients = torch.autograd.grad(loss, list(method.architecture.alphas))
        torch.manual_seed(3)
        gates = method.masks()
        assert all(sorted(gate.tolist()) == pytest.approx([0.0] * 8 + [1.0]) for gate in (g.detach() for g in gates))
        logits = method.supernet(images, [Weighted(gate) for gate in gates])
        expected = LatencyLog(0.2, 0.6).loss(cross_entropy(logits, labels), _latency(SPACE)(gates))
        path = method.supernet(images, [int(gate.argmax()) for gate in gates])
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(logits, path)
    torch.testing.assert_close(gradients, torch.autograd.grad(expected, list(method.architecture.alphas)))
    assert all(float(gradient.abs().max()) > 0 for gradient in gradients)


class Watched(GumbelModule):
    """Keeps, for each batch, its epoch and what it changed."""

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        before = {name: value.clone() for name, value in self.state_dict().items()}
        super().training_step(batch, batch_idx)
        changed = {
            name.split(".")[0] for name, value in self.state_dict().items() if not torch.equal(value, before[name])
        }
        statistics = any("running" in name for name in before if not torch.equal(before[name], self.state_dict()[name]))
        self.watched.append((self.current_epoch, round(self.temperature, 6), frozenset(changed), statistics))


def _train(folder: Path, epochs: int, stop: int | None = None, minutes: float = 60.0) -> Watched:
    """Trains a search whose epochs have 2 + 1 batches; it stops after ``stop`` batches."""
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    turns = Turns(data.train_loader(500, 1), data.train_loader(300, 1, splits=("search",)))
    space = FBNet(0.25, 1, 1, 0.0625, 1, 0.0, candidates=("k3_e1", "k5_e1")).space(10, 8)
    recipe = Recipe(epochs, 500, 0.05)

    class Stop(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *others: object) -> None:
            if stop is not None and len(trainer.lightning_module.watched) == stop:
                raise RuntimeError("power cut")

    def make() -> Watched:
        method = _gumbel(
            space, recipe, _latency(space), turns, LatencyLog(0.2, 0.6), Watched, lr=0.01, weight_decay=5e-4,
            temperature=5.0, temperature_decay=0.045 * epochs, warmup_share=9.9 / epochs,
        )  # fmt: skip
        method.watched = []
        return method

    method = Training(WithCallbacks(others=(Stop(),)), CsvLog(), 1, minutes).fit(make, turns, recipe, folder, "fit")
    assert isinstance(method, Watched)
    return method


@pytest.fixture(scope="module")
def whole_search() -> Watched:
    turns = FixedTurns()
    method = _gumbel(
        toy_space(), Recipe(90, 32, 0.01), toy_latency(k1=1.0, k3=2.0, k5=4.0), turns, LatencyLog(0.2, 0.6), Watched,
        lr=0.01, weight_decay=5e-4, temperature=5.0, temperature_decay=4.05, warmup_share=0.111,
    )  # fmt: skip
    method.watched = []
    pl.Trainer(max_epochs=90, **QUIET).fit(method, turns)
    return method


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return _train(tmp_path_factory.mktemp("undisturbed"), 12)


@pytest.mark.parametrize("epoch", [0, 9, 10, 89])
def test_weights_move_in_the_first_turn_and_architecture_parameters_in_the_second_after_10_epochs(
    epoch: int, whole_search: Watched
) -> None:
    batches = [rest for at, *rest in whole_search.watched if at == epoch]
    assert [temperature for temperature, *_ in batches] == [pytest.approx(5.0 * exp(-0.045 * epoch), abs=1e-6)] * 3
    steered = [frozenset(), False] if epoch < 10 else [{"architecture"}, False]
    assert [rest for _, *rest in batches] == [[{"supernet"}, True]] * 2 + [steered]


@pytest.mark.parametrize(
    ("stop", "minutes"), [(30, 60.0), (31, 1e-9), (33, 1e-9)], ids=["between epochs", "in weights", "in architecture"]
)
def test_a_resumed_search_has_the_undisturbed_trajectory(
    undisturbed: Watched, stop: int, minutes: float, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        _train(tmp_path, 12, stop, minutes)
    resumed = _train(tmp_path, 12, minutes=minutes)
    assert len(resumed.watched) == 3 * 12 - (stop - 1 if minutes < 1 else 27)
    assert resumed.watched == undisturbed.watched[-len(resumed.watched) :]
    for name, tensor in undisturbed.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


ALIKE = (0.0, 0.0)  # a cross entropy of log 2 = .69
BETTER = (-log(exp(0.5) - 1), 0.0)  # of .50, where all images are of the first class
CASES = {  # beta, milliseconds of a kernel of 5, which kernels have the smallest loss
    "no latency": (0.0, 4.0, {5}),  # .50 < .69
    "latency above all": (20.0, 4.0, {1}),  # .50 x log(4000)^20 > .69 x log(1000)^20
    "worth its latency": (0.6, 4.0, {5}),  # the experiment's: .50 x log(4000)^.6 < .69 x log(1000)^.6
    "not worth it": (0.6, 1e5, {1, 3}),  # .50 x log(10^8)^.6 > .69 x log(2000)^.6
}


def _answering(beta: float, k5_ms: float, **settings: object) -> Still:
    """A kernel of 5 has a cross entropy of .50, the others of .69."""
    objective, latency = LatencyLog(log(2000) ** -beta, beta), toy_latency(k1=1.0, k3=2.0, k5=k5_ms)
    method = _method(toy_space(), latency, objective=objective, **settings)
    set_answers(method.supernet, {1: ALIKE, 3: ALIKE, 5: BETTER})
    return method


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize(("beta", "k5_ms", "best"), CASES.values(), ids=CASES)
def test_beta_says_how_much_latency_an_accuracy_is_worth(beta: float, k5_ms: float, best: set[int], hard: bool) -> None:
    """By the losses of masks that are certain."""
    method = _answering(beta, k5_ms, hard=hard, temperature=1.0)
    losses = {}
    for option, kernel in enumerate(KERNELS):
        method.architecture.alphas[0].data = 100.0 * torch.eye(3)[option]
        losses[kernel] = float(method.architecture_loss(*images_of([0] * 4)).detach())
        cross_entropy, latency_ms = (0.5, k5_ms) if kernel == 5 else (log(2), {1: 1.0, 3: 2.0}[kernel])
        assert losses[kernel] == pytest.approx(cross_entropy * (log(1000 * latency_ms) / log(2000)) ** beta, rel=1e-4)
    assert max(losses[kernel] for kernel in best) < 0.9 * min(losses[kernel] for kernel in set(KERNELS) - best)


# A warm mask has a little of each candidate, and a little of 10^5 ms is nearly as bad as all of it: that case is tested
# at a lower temperature. The means lie 5.7 or more standard errors apart: 1 seed in 100 million has them otherwise.
@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize(("beta", "k5_ms", "best"), CASES.values(), ids=CASES)
def test_the_mean_step_favours_the_candidates_of_the_smallest_loss(
    beta: float, k5_ms: float, best: set[int], hard: bool
) -> None:
    method = _answering(beta, k5_ms, hard=hard, temperature=0.25 if k5_ms > 4 else 1.0)
    torch.manual_seed(0)
    with frozen_weights(method.supernet), frozen_statistics(method.supernet):
        for _ in range(1000 if k5_ms > 4 else 100):
            method.architecture_loss(*images_of([0])).backward()
    gradients = dict(zip(KERNELS, method.architecture.alphas[0].grad.tolist(), strict=True))
    assert max(gradients[kernel] for kernel in best) < min(gradients[kernel] for kernel in set(KERNELS) - best)


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
def test_a_weight_step_follows_the_gradient_of_the_objective_under_the_masks(hard: bool) -> None:
    torch.manual_seed(0)
    latency, objective, turns = toy_latency(k1=1.0, k3=2.0, k5=4.0), LatencyLog(0.2, 0.6), FixedTurns((1, 1))
    method = _gumbel(
        toy_space(), Recipe(1, 4, 0.1, momentum=0.0), latency, turns, objective, lr=0.1, weight_decay=0.0,
        temperature=1.0, temperature_decay=0.0, warmup_share=0.0, hard=hard,
    )  # fmt: skip
    mask = torch.tensor([0.0, 1.0, 0.0] if hard else [0.2, 0.5, 0.3], requires_grad=True)
    method.masks = lambda: [mask * 1.0]
    before, (images, labels) = deepcopy(method.supernet), next(iter(turns))
    pl.Trainer(max_epochs=1, **QUIET).fit(method, turns)
    stem, block, head = before.layers
    mixed = sum(m * candidate(stem(images)) for m, candidate in zip(mask, block, strict=True) if m)
    objective.loss(cross_entropy(head(mixed), labels), latency([mask])).backward()
    for weight, was in zip(method.supernet.parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(weight, was if was.grad is None else was - 0.1 * was.grad, rtol=1e-3, atol=1e-5)
    assert [weight.grad is None for weight in before.layers[1].parameters()] == [hard] * 9 + [False] * 9 + [hard] * 9


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize(("beta", "best"), [(0.0, 5), (20.0, 1)])
def test_a_search_ends_in_the_candidate_that_every_mask_favours(beta: float, best: int, hard: bool) -> None:
    """Its weights hardly move, so that the candidates answer as they do at the start."""
    torch.manual_seed(0)
    turns = FixedTurns()
    method = _gumbel(
        toy_space(), Recipe(30, 4, 1e-9), toy_latency(k1=1.0, k3=4.0, k5=4.0), turns,
        LatencyLog(log(2000) ** -beta, beta), lr=0.1, weight_decay=5e-4, temperature=5.0, temperature_decay=3.0,
        warmup_share=1 / 3, hard=hard,
    )  # fmt: skip
    set_answers(method.supernet, {1: ALIKE, 3: ALIKE, 5: BETTER})
    pl.Trainer(max_epochs=30, **QUIET).fit(method, turns)
    assert KERNELS[method.architecture.most_probable()[0]] == best


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"objective": LatencyReward(1.0, 0.0, 0.0)}, "minimizes a loss: add objective@method.objective=latency_log"),
        ({"lr": 0.0}, "Gumbel: lr must be a number above 0"),
        ({"temperature": 0.0}, "Gumbel: temperature must be a number above 0"),
        ({"temperature_decay": -1.0}, "temperature_decay must be a number, 0 or more"),
        ({"hard": "flase"}, "hard must be true or false, not 'flase'"),
    ],
    ids=str,
)
def test_an_impossible_setting_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _settings(**settings)


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Recipe(90, 32, 0.1), "warmup_share of 0.99, none of 90 epochs is left"),
        (Recipe(100, 32, 0.1, ema_decay=0.9), r"gumbel: a moving average .* set supernet_recipe\.ema_decay=null"),
    ],
    ids=["warm-up", "moving average"],
)
def test_a_recipe_that_cannot_work_is_refused_before_anything_is_measured(recipe: Recipe, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _settings(warmup_share=0.99).check(recipe)


def test_the_module_is_given_what_the_settings_say_they_need() -> None:
    settings = _settings()
    things = given((LATENCY, toy_latency(k1=1.0, k3=2.0, k5=4.0)), (TURNS, FixedTurns()), (BATCHES, None))
    assert isinstance(settings.module(toy_space(), Recipe(9, 32, 0.1), things.only(settings.needs)), GumbelModule)


def test_the_target_is_that_of_the_objective() -> None:
    assert _settings(objective=LatencyLog(0.2, 0.6, target_ms=2.0)).target_ms == 2.0


def test_a_table_that_would_make_the_logarithm_negative_is_refused() -> None:
    tiny = toy_latency(k1=0.0009, k3=1.0, k5=1.0)
    with pytest.raises(
        ValueError, match=r"predicts 0\.9 microseconds for the fastest network, but it must be more than 1 microsecond"
    ):
        _method(toy_space(), tiny)
    _method(toy_space(), tiny, objective=LatencyLoss(0.1))
