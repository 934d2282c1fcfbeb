"""The network that ``recipe.teacher`` names: found before any work, with its normalization and its fingerprint."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from mobilenas.stages.retrain_record import RetrainRecord
from tests.given_weights import (
    ADAPT,
    AROUND,
    BRIEF,
    FINE_TUNE,
    MINE,
    NORMALIZATION,
    as_given,
    made,
    planned,
    refusal,
    weights,
    write_run,
)

PRESETS = {"fine_tune": FINE_TUNE, "netadapt": ADAPT, "around": AROUND}


@pytest.fixture
def given(tmp_path: Path) -> str:
    return f"weights={as_given(tmp_path, 'safetensors', weights())}"


def _timm(monkeypatch: pytest.MonkeyPatch, classes: int, seed: int = 0) -> nn.Module:
    """What timm makes from now on: a network with random weights, as if they were trained."""
    torch.manual_seed(seed)
    module = timm.create_model("mobilenetv3_small_050", pretrained=False, num_classes=classes)
    monkeypatch.setattr(timm, "create_model", lambda name, pretrained: module)
    return module.eval()


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@torch.no_grad()
def test_the_network_of_a_run_teaches_with_its_own_normalization(
    preset: Sequence[str], given: str, tmp_path: Path
) -> None:
    folder = write_run(tmp_path, weights(seed=5))
    run = planned(tmp_path, *preset, given, f"recipe.teacher={folder}").run
    assert run.teacher and run.teacher.normalization == NORMALIZATION != run.data.normalization
    bare, pixels = MINE.build().eval(), torch.rand(4, 3, 8, 8)
    bare.load_state_dict(weights(seed=5))
    mean, std = (torch.tensor(one).view(-1, 1, 1) for one in (run.data.normalization.mean, run.data.normalization.std))
    own_mean, own_std = (torch.tensor(one).view(-1, 1, 1) for one in (NORMALIZATION.mean, NORMALIZATION.std))
    answers = run.teacher.of(run.data.normalization).logits((pixels - mean) / std)
    torch.testing.assert_close(answers, bare((pixels - own_mean) / own_std), rtol=1e-4, atol=1e-4)


def test_the_order_of_the_teachers_classes_follows_the_images(given: str, tmp_path: Path) -> None:
    folder = write_run(tmp_path, weights(seed=5), tuple("9876543210"))
    teacher = planned(tmp_path, *FINE_TUNE, given, f"recipe.teacher={folder}").run.teacher
    assert teacher
    found = teacher.network.state_dict()
    assert torch.equal(found["4.3.weight"], weights(seed=5)["4.3.weight"].flip(0))


def test_a_training_tells_its_teacher(given: str, tmp_path: Path) -> None:
    folder = write_run(tmp_path, weights(seed=5))
    run = made(tmp_path, *FINE_TUNE, *BRIEF, given, f"recipe.teacher={folder}").run
    record = RetrainRecord.load(run.folder / "retrain")
    assert f"taught by {folder} with weight 0.5, beginning with the given weights" in record.made_by


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_another_teacher_in_the_same_place_is_another_run(preset: Sequence[str], given: str, tmp_path: Path) -> None:
    own = (*preset, given, f"recipe.teacher={write_run(tmp_path, weights(seed=5))}")
    before = planned(tmp_path, *own)
    write_run(tmp_path, weights(seed=6))
    after = planned(tmp_path, *own)
    assert before.run.folder != after.run.folder
    for one, other in zip(before.stages, after.stages, strict=True):
        taught = one.name in ("parent", "seed", "adapt", "retrain", "report")
        assert (one.depends_on != other.depends_on) == taught


def test_another_version_of_a_librarys_weights_is_another_run(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for seed in (0, 1):
        with monkeypatch.context() as patch:
            module = _timm(patch, 10, seed)
            run = planned(tmp_path, *FINE_TUNE, given, "recipe.teacher=timm:mobilenetv3_small_050").run
            assert run.teacher and run.teacher.network is module
            folders.append(run.folder)
    assert folders[0] != folders[1]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_teacher_of_other_classes_is_refused_before_any_work(
    preset: Sequence[str], given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _timm(monkeypatch, 1000)
    said = refusal(tmp_path, *preset, given, "recipe.teacher=timm:mobilenetv3_small_050")
    assert said.startswith("recipe.teacher has 1000 classes, and the images have 10: name a teacher that was trained")
    for classes, names in ((7, tuple("0123456")), (10, tuple("abcdefghij"))):
        folder = write_run(tmp_path, weights(classes), names)
        said = refusal(tmp_path, *preset, given, f"recipe.teacher={folder}")
        assert said.startswith(f"recipe.teacher={folder}: ")
        assert said.endswith(
            "was trained on other classes than digits: fine-tune the teacher on these images first, and name the"
            " folder of that run."
        )


@pytest.mark.parametrize(
    ("teacher", "said"),
    [
        ("moga_a", "recipe.teacher=moga_a: the description of moga_a names no weights: name the folder of a run"),
        ("nobody", "recipe.teacher=nobody: there is no such network and no such file: name a network of conf/"),
        ("timm:nobody_at_all", "recipe.teacher=timm:nobody_at_all: timm has no network nobody_at_all; "),
    ],
)
def test_a_teacher_that_is_not_there_is_one_sentence(teacher: str, said: str, given: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, *FINE_TUNE, given, f"recipe.teacher={teacher}").startswith(said)


def test_a_folder_without_a_trained_network_is_one_sentence(given: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = refusal(tmp_path, *FINE_TUNE, given, f"recipe.teacher={tmp_path / 'empty'}")
    assert "empty has no trained weights (weights.safetensors): name a run whose stage retrain is complete." in said
    folder = Path(write_run(tmp_path, weights()))
    save_file(weights(), folder / "retrain" / "mine" / "weights.safetensors")
    said = refusal(tmp_path, *FINE_TUNE, given, f"recipe.teacher={folder}")
    assert "weights.safetensors does not describe its network: name the folder of a run that has trained it" in said
    torch.save(weights(), tmp_path / "w.pth")  # neither does what another program has written
    said = refusal(tmp_path, *FINE_TUNE, given, f"recipe.teacher={tmp_path / 'w.pth'}")
    assert "w.pth does not describe its network: name the folder of a run that has trained it" in said
