"""A training whose numbers are no longer finite stops at that step, leaves it out, or goes on at half the rate."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

from mobilenas.data import Augment, Digits, ImageData
from mobilenas.files.whole import seal
from mobilenas.tracking import CsvLog
from mobilenas.training.accuracy import recalibrate, top1
from mobilenas.training.callbacks import callbacks_of
from mobilenas.training.checkpoint import checkpoint_of
from mobilenas.training.divergence import LowerRate
from mobilenas.training.fault import DivergedError, layer_of
from mobilenas.training.fit import Training
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from tests.training.test_training import RECIPES, SPACE, _module, _turns
from tests.training.with_callbacks import WithCallbacks


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


class Poison(pl.Callback):
    """Makes a weight of a layer infinite before some steps, and finite again after them."""

    def __init__(self, name: str, steps: tuple[int, ...]) -> None:
        self._name, self._steps, self._kept = name, steps, torch.empty(0)
        self.seen = 0

    def on_train_batch_start(self, trainer: pl.Trainer, module: pl.LightningModule, *others: object) -> None:
        weight = dict(module.named_parameters())[self._name].data
        if self.seen in self._steps:
            self._kept = weight.clone()
            weight.fill_(float("inf"))

    def on_train_batch_end(self, trainer: pl.Trainer, module: pl.LightningModule, *others: object) -> None:
        if self.seen in self._steps:
            dict(module.named_parameters())[self._name].data.copy_(self._kept)
        self.seen += 1

    def on_exception(self, trainer: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        self.seen += 1


def _fit(data: ImageData, name: str, recipe: Recipe, folder: Path, *callbacks: pl.Callback) -> pl.LightningModule:
    training = Training(WithCallbacks(others=callbacks), CsvLog(), 1, 10.0)
    loader = _turns(data) if "gumbel" in name else data.train_loader(256, 1)
    return training.fit(lambda: _module(name, data), loader, recipe, folder, "fit")


@pytest.mark.parametrize("name", RECIPES)
def test_a_weight_that_is_not_finite_is_named_with_epoch_and_batch(name: str, data: ImageData, tmp_path: Path) -> None:
    weight = next(name for name, _ in _module(name, data).named_parameters() if ".4." in name or "layers.4" in name)
    with pytest.raises(DivergedError) as stop:
        _fit(data, name, RECIPES[name], tmp_path, Poison(weight, (1,)))
    said = str(stop.value)
    assert said.startswith("fit: in epoch 1, batch 2, the gradient is not finite, first at layer 4 (")
    assert said.endswith("): lower the recipe's lr, or set its on_nan to skip or restore.")


@pytest.mark.parametrize("name", ["retrain", "fair", "two_path", "gumbel"])
@pytest.mark.parametrize("lr", [1e8, 1e9])
def test_a_rate_that_is_far_too_large_ends_the_training(name: str, lr: float, data: ImageData, tmp_path: Path) -> None:
    recipe = replace(RECIPES[name], lr=lr, ema_decay=None)
    training = Training(WithCallbacks(others=()), CsvLog(), 1, 10.0)
    loader = _turns(data) if "gumbel" in name else data.train_loader(256, 1)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(DivergedError, match="not finite"):
        patch.setitem(RECIPES, name, recipe)
        training.fit(lambda: _module(name, data), loader, recipe, tmp_path, "fit")


def test_a_step_that_is_skipped_changes_no_weight(data: ImageData, tmp_path: Path) -> None:
    class Kept(pl.Callback):
        """Compares the weights before and after the second step."""

        same: bool | None = None

        def on_train_batch_start(self, trainer: pl.Trainer, module: pl.LightningModule, *others: object) -> None:
            if poison.seen == 1:
                self.before = {name: one.clone() for name, one in module.named_parameters() if name != weight}

        def on_train_batch_end(self, trainer: pl.Trainer, module: pl.LightningModule, *others: object) -> None:
            if poison.seen == 1 and self.same is None:
                self.same = all(
                    torch.equal(self.before[name], one) for name, one in module.named_parameters() if name != weight
                )

    weight = next(name for name, _ in _module("retrain", data).named_parameters() if ".4." in name)
    poison, kept = Poison(weight, (1,)), Kept()
    recipe = replace(RECIPES["retrain"], ema_decay=None, on_nan="skip", weight_decay=0.1)
    module = _fit(data, "retrain", recipe, tmp_path, kept, poison)
    assert kept.same
    assert all(bool(one.isfinite().all()) for one in module.state_dict().values())


def test_steps_that_are_skipped_are_told_and_an_epoch_without_a_step_ends_the_training(
    data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weight = next(name for name, _ in _module("retrain", data).named_parameters() if ".4." in name)
    recipe, count = replace(RECIPES["retrain"], ema_decay=None, on_nan="skip"), len(data.train_loader(256, 1))
    with caplog.at_level(logging.WARNING):
        _fit(data, "retrain", recipe, tmp_path / "a", Poison(weight, (1, 2)))
    assert f"fit: in epoch 1, the gradient of 2 of {count} steps is not finite: these steps were left" in caplog.text
    said = f"fit: in epoch 2, the gradient of {count} of {count} steps is not finite: nothing is learned"
    with pytest.raises(DivergedError, match=said):
        _fit(data, "retrain", recipe, tmp_path / "b", Poison(weight, tuple(range(count, 2 * count))))


@pytest.mark.parametrize("first", [0, 1])
def test_restore_leaves_a_checkpoint_whose_first_step_is_not_finite(
    first: int, data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A lower rate helps neither such a checkpoint nor such initial weights."""
    weight = next(name for name, _ in _module("retrain", data).named_parameters() if ".4." in name)
    per_epoch, recipe = len(data.train_loader(256, 1)), replace(RECIPES["retrain"], on_nan="restore")
    with caplog.at_level(logging.WARNING):
        if first:  # at once after the first epoch, and again after its checkpoint was restored
            _fit(data, "retrain", recipe, tmp_path, Poison(weight, (per_epoch, per_epoch + 1)))
            assert caplog.text.count("It goes on from the last checkpoint") == 1
            assert caplog.text.count("It goes on from the beginning") == 1
        else:
            with pytest.raises(DivergedError, match=r"in epoch 1, batch 1, .*: lower the recipe's lr\.$"):
                _fit(data, "retrain", recipe, tmp_path, Poison(weight, (0,)))
            assert "It goes on" not in caplog.text


def test_a_network_whose_outputs_are_not_finite_has_no_accuracy(data: ImageData) -> None:
    network = _module("retrain", data).eval()
    batches = data.eval_loader("search", 64)
    assert 0 <= top1(network, batches, torch.device("cpu")) <= 1
    list(network.parameters())[-1].data[0] = float("nan")  # one logit of ten
    with pytest.raises(DivergedError, match="outputs are not finite"):
        top1(network, batches, torch.device("cpu"))


def test_statistics_that_are_not_finite_are_told(data: ImageData) -> None:
    network = _module("retrain", data).eval()
    for name, one in network.named_parameters():
        if name.endswith("0.weight") and one.ndim == 4:
            one.data *= 1e30  # finite weights, whose outputs have no finite variance
    with pytest.raises(DivergedError, match="statistics of the network's batch norms are not finite"):
        recalibrate(network, data.calibration_batches(64, 64), torch.device("cpu"))


def test_restore_goes_on_from_the_last_checkpoint_at_half_the_rate(
    data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rates: list[tuple[int, float]] = []

    class Rates(pl.Callback):
        """Notes the rate of the optimizer at the beginning of each epoch."""

        def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
            rates.append((trainer.current_epoch, trainer.lr_scheduler_configs[0].scheduler.base_lrs[0]))

    weight = next(name for name, _ in _module("retrain", data).named_parameters() if ".4." in name)
    per_epoch = len(data.train_loader(256, 1))
    poison = Poison(weight, (per_epoch + 1,))  # the second batch of the second epoch, once
    with caplog.at_level(logging.WARNING):
        _fit(data, "retrain", replace(RECIPES["retrain"], on_nan="restore"), tmp_path, Rates(), poison)
    assert rates == [(0, 0.05), (1, 0.05), (1, 0.025), (2, 0.025)]
    assert "It goes on from the last checkpoint, at half the learning rate." in caplog.text


def test_a_checkpoint_keeps_the_factor_of_the_rate() -> None:
    one = LowerRate(0.5)
    two = LowerRate(1.0)
    two.load_state_dict(one.state_dict())
    assert two.state_dict() == {"factor": 0.5}


def test_names_say_the_layer() -> None:
    assert layer_of("network.5.0.weight") == "layer 5 (network.5.0.weight)"
    assert layer_of("loss") == "loss"


def test_every_fit_is_watched(tmp_path: Path) -> None:
    names = [type(one).__name__ for one in callbacks_of(Recipe(1, 2, 0.1), tmp_path / "last.ckpt", "fit", 0, 1.0)]
    assert {"FiniteSteps", "LowerRate"} <= set(names)
    assert isinstance(Retrain(SPACE.network((0, 0)), Recipe(1, 2, 0.1)), pl.LightningModule)


@pytest.mark.parametrize("name", ["retrain", "fair", "two_path", "gumbel"])
def test_gradients_are_clipped_in_all_methods(name: str, data: ImageData, tmp_path: Path) -> None:
    norms: list[float] = []

    class Norms(pl.Callback):
        """Notes the norm of the gradient that a step has taken."""

        def on_train_batch_end(self, trainer: pl.Trainer, *others: object) -> None:
            weights = [one for group in trainer.optimizers[0].param_groups for one in group["params"]]
            norms.append(float(get_total_norm([one.grad for one in weights if one.grad is not None])))

    training = Training(WithCallbacks(others=(Norms(),), gradient_clip_val=1e-3), CsvLog(), 1, 10.0)
    loader = _turns(data) if "gumbel" in name else data.train_loader(256, 1)
    training.fit(lambda: _module(name, data), loader, RECIPES[name], tmp_path, "fit")
    assert norms and max(norms) <= 1.001e-3


def _flipped(content: bytes) -> bytes:
    """The content with one bit changed in its middle, which is in the weights."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "a bit": _flipped,
    "text": lambda content: b"hello",
    "pickle": lambda content: b"cos\nsystem\n(S'touch hacked'\ntR.",
}


@pytest.fixture(scope="module")
def undisturbed(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Tensor]]:
    """The checkpoint of a training, and the weights at its end."""
    folder = tmp_path_factory.mktemp("calm")
    weights = _fit(data, "fair", RECIPES["fair"], folder).state_dict()
    return (folder / "checkpoints" / "last.ckpt").read_bytes(), dict(weights)


def _goes_on(last: Path, data: ImageData, expected: dict[str, Tensor], caplog: pytest.LogCaptureFixture) -> None:
    """The checkpoint is told, and the training begins from scratch and has the same end."""
    with caplog.at_level(logging.WARNING):
        found = _fit(data, "fair", RECIPES["fair"], last.parents[1]).state_dict()
    assert f"{last} cannot be used (" in caplog.text and "the training begins from scratch." in caplog.text
    assert all(torch.equal(one, expected[name]) for name, one in found.items())


@pytest.mark.parametrize("sealed", [False, True], ids=["as it lies there", "with a hash"])
@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "a bit"])
def test_a_damaged_checkpoint_is_told_and_the_training_begins_again(
    damage: str,
    sealed: bool,
    data: ImageData,
    undisturbed: tuple[bytes, dict[str, Tensor]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if the hash beside it is that of the damaged file, as in a run from elsewhere."""
    monkeypatch.chdir(tmp_path)
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    last.parent.mkdir(parents=True)
    last.write_bytes(DAMAGES[damage](undisturbed[0]))
    if sealed:
        seal(last)
    _goes_on(last, data, undisturbed[1], caplog)
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("name", RECIPES)
def test_a_checkpoint_of_the_same_training_is_used(name: str, data: ImageData, tmp_path: Path) -> None:
    """Also after an epoch with which the history of a method's latencies has grown."""
    _fit(data, name, RECIPES[name], tmp_path)
    last = tmp_path / "checkpoints" / "last.ckpt"
    found = checkpoint_of(last, _module(name, data))
    assert found and last.exists()


def test_a_checkpoint_with_one_changed_bit_is_not_used(
    data: ImageData, undisturbed: tuple[bytes, dict[str, Tensor]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    last.parent.mkdir(parents=True)
    last.write_bytes(undisturbed[0])
    seal(last)
    last.write_bytes(_flipped(undisturbed[0]))
    torch.load(last, weights_only=True)  # does not notice it
    _goes_on(last, data, undisturbed[1], caplog)


@pytest.mark.parametrize("content", ["without loops", "of another network", "without weights"])
def test_a_checkpoint_of_another_training_is_told_and_the_training_begins_again(
    content: str,
    data: ImageData,
    undisturbed: tuple[bytes, dict[str, Tensor]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    last.parent.mkdir(parents=True)
    whole = torch.load(io.BytesIO(undisturbed[0]), weights_only=True)
    weights = whole["state_dict"]
    changed = {
        "without loops": {"loops": {}},
        "of another network": {"state_dict": weights | {name: one[..., :1] for name, one in list(weights.items())[:1]}},
        "without weights": {"state_dict": {}},
    }
    torch.save(whole | changed[content], last)
    seal(last)
    _goes_on(last, data, undisturbed[1], caplog)
