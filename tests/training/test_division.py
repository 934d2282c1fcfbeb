"""A training that goes on with another number of processes has the same steps, and says what changes."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Retrain, Trainer, Training
from mobilenas.training.division import Division, divided_again
from tests.training import tiny
from tests.training.disturbed import Disturbance, Disturbed
from tests.training.test_training_ddp import DDP, _dropping

RECIPE = Recipe(3, 128, 0.05, ema_decay=0.5)  # of 8 steps an epoch
ONE = Trainer(accelerator="cpu", devices=1, images_at_once=32, precision="64-true")  # rounding is small
TWO = replace(DDP, images_at_once=32, precision="64-true")
WHOLE = replace(ONE, images_at_once=None)


def _fit(folder: Path, trainer: Trainer, disturbance: Disturbance | None = None) -> Retrain:
    loader = tiny.data().train_loader(RECIPE.batch_size, 1)
    batches = Disturbed(loader, disturbance) if disturbance else loader
    training = Training(trainer, CsvLog(), 1, 1e-9)  # a checkpoint after each step
    module = training.fit(lambda: Retrain(_dropping(), RECIPE), batches, RECIPE, folder, "fit")
    assert isinstance(module, Retrain)
    return module


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Retrain:
    return _fit(tmp_path_factory.mktemp("one"), ONE)


# The batch is that of the loader: a part of a step. Of the second epoch, 5 steps and 2 or 1 parts are done.
@pytest.mark.parametrize(("first", "then", "batch"), [(ONE, TWO, 22), (TWO, ONE, 11)], ids=["1 to 2", "2 to 1"])
def test_a_training_goes_on_within_an_epoch_with_the_same_parts(
    first: Trainer, then: Trainer, batch: int, undisturbed: Retrain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Four parts of a step, one after the other or two by two, each with its own dropout."""
    with pytest.raises(Exception, match=r"The photo cat|closed by peer"):  # of whichever process is the first to end
        _fit(tmp_path / "run", first, Disturbance(tmp_path, "fail", rank=0, epoch=1, batch=batch))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "mobilenas"):
        found = _fit(tmp_path / "run", then)
    for (name, one), other in zip(found.named_parameters(), undisturbed.parameters(), strict=True):
        torch.testing.assert_close(one.float(), other.float(), rtol=1e-6, atol=1e-7, msg=name)
    (said,) = caplog.messages
    counts = ["1 process in 4 parts", "2 processes in 2 parts"]
    after, before = counts[::-1] if first is ONE else counts
    assert said == (
        f"fit goes on with {after} instead of {before}: each step still has the same 128 images, but sums are rounded"
        " differently."
    )
    assert torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 24


def test_a_division_that_changes_what_a_batch_norm_sees_says_so() -> None:
    assert Division(4, 1).change(Division(1, 2), 64) == (
        "goes on with 4 processes instead of 1 process in 2 parts: each step still has the same 64 images, but a batch"
        " norm sees 16 of them at once instead of 32, dropout differs, and sums are rounded differently."
    )


def test_a_checkpoint_tells_its_division_unless_it_is_an_older_one(tmp_path: Path) -> None:
    assert Division.of({"callbacks": {}}) is None
    with pytest.raises(Exception, match="The photo cat"):
        _fit(tmp_path / "run", WHOLE, Disturbance(tmp_path, "fail", rank=0))
    content = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    assert Division.of(content) == Division(1, 1)


def test_counting_in_other_parts_and_back_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="The photo cat"):
        _fit(tmp_path / "run", ONE, Disturbance(tmp_path, "fail", rank=0, batch=21))
    content = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    other = divided_again(content, 4, 2)
    progress = [one["loops"]["fit_loop"]["epoch_loop.batch_progress"]["total"]["ready"] for one in (content, other)]
    assert progress == [4 * 13, 2 * 13]
    assert divided_again(other, 2, 4)["loops"] == content["loops"]
