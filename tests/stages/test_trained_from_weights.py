"""What a stage writes after a training that begins with weights, against accuracies that are computed here."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mobilenas.files.tensors import read_tensors
from mobilenas.stages import Choice, RetrainStage, Run
from mobilenas.stages.given_weights import Beginning
from mobilenas.stages.trained import trained
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Teacher, Training
from mobilenas.training.accuracy import recalibrate
from tests.stages.test_beginning import Given
from tests.training import tiny
from tests.training.power import Power
from tests.training.with_callbacks import WithCallbacks

RECIPE = Recipe(6, 512, 0.05, calibration_images=512)
CPU = torch.device("cpu")


def _run(folder: Path, *callbacks: object) -> Run:
    training = Training(WithCallbacks(others=callbacks), CsvLog(), 1, 60.0)  # type: ignore[arg-type]
    return Run(folder, tiny.SPACE, tiny.data(), training)


def _network(state: dict[str, Tensor]) -> nn.Module:
    network = tiny.SPEC.build()
    network.load_state_dict(state)
    return network.eval()


@torch.no_grad()
def _right(network: nn.Module, split: str) -> float:
    """The share of a split's images whose largest logit is the label's, counted one image at a time."""
    images, labels = zip(*tiny.data().eval_loader(split, 1), strict=True)
    return sum(int(network(one).argmax()) == int(label) for one, label in zip(images, labels, strict=True)) / len(
        labels
    )


def _epochs(recipe: Recipe, folder: Path) -> list[dict[str, Tensor]]:
    """The weights after each epoch of a training that keeps the last."""
    states = tiny.States()
    trained(
        _run(folder, states), replace(recipe, keep_best=False), tiny.SPEC, folder, ("train",), Beginning(tiny.begin())
    )
    return states.found[1::2]


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("lr", [0.05, 1.0])
def test_the_kept_epoch_has_the_highest_accuracy_on_the_split_search(lr: float, frozen: bool, tmp_path: Path) -> None:
    recipe = replace(RECIPE, lr=lr, keep_best=True, norm_statistics="frozen" if frozen else "moved")
    networks = [_network(state) for state in _epochs(recipe, tmp_path / "epochs")]
    if not frozen:
        for network in networks:
            recalibrate(network, tiny.data().calibration_batches(512, 256), CPU)
    scores = [_right(network, "search") for network in networks]
    best = scores.index(max(scores))
    kept = trained(_run(tmp_path), recipe, tiny.SPEC, tmp_path / "best", ("train",), Beginning(tiny.begin()))
    assert not tiny.different(kept.state_dict(), networks[best].state_dict())
    assert not tiny.different(kept.state_dict(), read_tensors(tmp_path / "best" / "weights.safetensors"))


@pytest.mark.parametrize("steps", [3, 7, 12])
def test_the_same_epoch_is_kept_after_a_stop(steps: int, tmp_path: Path) -> None:
    recipe = replace(RECIPE, lr=1.0, keep_best=True, ema_decay=0.5)
    with pytest.raises(RuntimeError, match="power cut"):
        trained(_run(tmp_path, Power(steps)), recipe, tiny.SPEC, tmp_path / "stopped", ("train",))
    weights = [trained(_run(tmp_path), recipe, tiny.SPEC, tmp_path / name, ("train",)) for name in ("stopped", "whole")]
    assert not tiny.different(weights[0].state_dict(), weights[1].state_dict())


def test_frozen_statistics_are_not_computed_again_at_the_end(tmp_path: Path) -> None:
    start = tiny.begin()
    recipe = replace(RECIPE, epochs=1, norm_statistics="frozen")
    state = trained(_run(tmp_path), recipe, tiny.SPEC, tmp_path, ("train",), Beginning(start)).state_dict()
    assert not set(tiny.different(start, state)) & tiny.statistics(start)


@pytest.mark.parametrize("images", [None, 256])
def test_without_training_only_the_statistics_follow_the_images_if_asked(images: int | None, tmp_path: Path) -> None:
    start = tiny.begin()
    recipe = replace(RECIPE, epochs=0, calibration_images=images)
    state = trained(_run(tmp_path), recipe, tiny.SPEC, tmp_path, ("train",), Beginning(start)).state_dict()
    assert set(tiny.different(start, state)) == (tiny.statistics(start) if images else set())
    expected = _network(start)
    if images:
        recalibrate(expected, tiny.data().calibration_batches(images, 256), CPU)
    for name, tensor in expected.state_dict().items():
        torch.testing.assert_close(state[name], tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keep_best", [False, True])
def test_the_stage_trains_from_given_weights_and_says_so(keep_best: bool, tmp_path: Path) -> None:
    states = tiny.States()
    recipe = replace(RECIPE, epochs=1, init="given", head_epochs=1, keep_best=keep_best, calibration_images=None)
    start = tiny.begin()
    run = replace(_run(tmp_path, states), networks=(tiny.SPEC,), weights=Given(start, tiny.new()))
    RetrainStage(run, recipe, Choice(), 128).make(tmp_path / "retrain", ())
    images = sum(tiny.data().sizes[name] for name in (("train",) if keep_best else ("train", "search")))
    assert len(states.found) == images // 512
    written = read_tensors(tmp_path / "retrain" / tiny.SPEC.name / "weights.safetensors")
    assert set(tiny.different(start, written)) == set(tiny.new())
    assert "beginning with the given weights" in (tmp_path / "retrain" / "record.json").read_text()


def test_the_stage_trains_with_the_teacher_of_the_run(tmp_path: Path) -> None:
    """Taught with weight 1 by a teacher, the labels do not matter: the network of two teachers differs."""
    recipe = replace(RECIPE, epochs=1, teacher="it", teacher_weight=1.0, calibration_images=None)
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        taught = Teacher(tiny.SPEC.build(), 10, tiny.data().normalization, str(seed))
        run = replace(_run(tmp_path / str(seed)), networks=(tiny.SPEC,), teacher=taught)
        stage = RetrainStage(run, recipe, Choice(), 128)
        stage.check()
        stage.make(run.folder, ())
        found.append((stage.depends_on, read_tensors(run.folder / tiny.SPEC.name / "weights.safetensors")))
    assert found[0][0] != found[1][0]
    assert set(tiny.different(found[0][1], found[1][1])) >= tiny.kernels(found[0][1])
