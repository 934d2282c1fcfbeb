"""The loss of a taught network against its equation written out, and a teacher that nothing changes."""

from copy import deepcopy
from math import exp, log
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mobilenas.data.normalization import IMAGENET, Normalization
from mobilenas.training import Recipe, Retrain, Teacher
from mobilenas.training.teacher import teaching_loss
from tests.training import tiny


def _softmax(logits: list[float], temperature: float) -> list[float]:
    powers = [exp(one / temperature) for one in logits]
    return [one / sum(powers) for one in powers]


def _slow(student: Tensor, teacher: Tensor, temperature: float) -> float:
    """The mean over images of T^2 times the sum over classes of p log(p / q)."""
    total = 0.0
    for own, taught in zip(student.tolist(), teacher.tolist(), strict=True):
        q, p = _softmax(own, temperature), _softmax(taught, temperature)
        total += sum(one * log(one / other) for one, other in zip(p, q, strict=True))
    return temperature**2 * total / len(student)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_loss_is_the_divergence_of_the_softened_outputs(temperature: float) -> None:
    torch.manual_seed(0)
    student, teacher = torch.randn(6, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)
    assert float(teaching_loss(student, teacher, temperature)) == pytest.approx(
        _slow(student, teacher, temperature), rel=1e-12
    )


def test_the_gradient_is_the_difference_of_the_softened_outputs() -> None:
    """dL/dz = T (softmax(z / T) - softmax(z_t / T)) / N (Hinton et al. Eq. 2, with the factor T^2)."""
    torch.manual_seed(0)
    student = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    teacher = torch.randn(4, 3, dtype=torch.float64)
    (gradient,) = torch.autograd.grad(teaching_loss(student, teacher, 3.0), student)
    expected = 3.0 * ((student / 3.0).softmax(1) - (teacher / 3.0).softmax(1)) / 4
    torch.testing.assert_close(gradient, expected.detach())


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_a_step_has_the_weighted_loss_of_labels_and_teacher(weight: float) -> None:
    recipe = Recipe(1, 8, 0.1, label_smoothing=0.1, teacher="it", teacher_weight=weight, teacher_temperature=2.0)
    taught = tiny.teacher()
    taught.network.double()
    module = Retrain(tiny.SPEC, recipe, teacher=taught).eval().double()
    images, labels = next(iter(tiny.data().train_loader(8, 1)))
    logits, answers = module(images.double()).detach(), taught.network(images.double())
    expected = (1 - weight) * nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    expected = expected + weight * _slow(logits, answers, 2.0)
    assert float(module._loss(images, logits, labels)) == pytest.approx(float(expected), rel=1e-9)


def test_a_teacher_sees_the_pixels_in_its_own_normalization() -> None:
    pixels = torch.randint(0, 256, (3, 3, 4, 4), dtype=torch.uint8)
    own, arriving = Normalization((0.5,) * 3, (0.25, 0.5, 0.125)), IMAGENET
    images, _ = arriving([pixels, torch.zeros(3)])
    expected, _ = own([pixels, torch.zeros(3)])
    teacher = Teacher(nn.Sequential(nn.Identity(), nn.Conv2d(3, 3, 1)), 3, own, "")
    assert torch.equal(teacher._renormalized(images), images)  # nothing is known of another normalization
    torch.testing.assert_close(teacher.of(arriving)._renormalized(images), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(teacher.of(arriving).logits(images), teacher.network(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_training_neither_changes_nor_saves_the_teacher(ema_decay: float | None, tmp_path: Path) -> None:
    taught = tiny.teacher()
    before = deepcopy(taught.network.state_dict())
    recipe = Recipe(2, 256, 0.05, ema_decay=ema_decay, teacher="it")
    tiny.fit(recipe, tmp_path, taught_by=taught)
    assert not tiny.different(before, taught.network.state_dict())
    content = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    own = {f"network.{name}" for name in tiny.SPEC.build().state_dict()}
    assert set(content["state_dict"]) == own
    assert set(content.get("current_model_state", own)) == own
    (optimizer,) = content["optimizer_states"]
    assert len(optimizer["state"]) == len(list(tiny.SPEC.build().parameters()))


def test_a_teacher_is_not_copied_with_the_module_that_it_teaches() -> None:
    module = Retrain(tiny.SPEC, Recipe(1, 8, 0.1), teacher=tiny.teacher())
    assert deepcopy(module).teacher is module.teacher


def test_a_teacher_of_other_classes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^recipe\.teacher has 3 classes, and the images have 10: name a teacher"):
        Retrain(tiny.SPEC, Recipe(1, 8, 0.1), teacher=Teacher(nn.Linear(1, 3), 3, IMAGENET, ""))


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "64-true"])
def test_a_teacher_answers_in_its_own_precision(precision: str, tmp_path: Path) -> None:
    from mobilenas.tracking import CsvLog
    from mobilenas.training import Trainer, Training

    recipe = Recipe(1, 512, 0.01, teacher="it")
    training = Training(Trainer(accelerator="cpu", devices=1, precision=precision), CsvLog(), 1, 60.0)  # type: ignore[arg-type]
    taught = tiny.teacher()
    module = training.fit(
        lambda: Retrain(tiny.SPEC, recipe, teacher=taught), tiny.data().train_loader(512, 1), recipe, tmp_path, "fit"
    )
    assert all(bool(one.isfinite().all()) for one in module.state_dict().values())
    assert {one.dtype for one in taught.network.parameters()} == {torch.float32}
