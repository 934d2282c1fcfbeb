"""Recipes at every scale: a paper's recipe follows the scale, fine-tuning does not; a supernet has no use for it."""

from pathlib import Path

import pytest
import yaml

from mobilenas.cli.composing import composed
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline import plan
from mobilenas.settings import SettingsError
from mobilenas.training import Recipe
from mobilenas.training.recipe import OF_NETWORKS

SCALES = sorted(path.stem for path in (conf_dir() / "scale").glob("*.yaml"))
FROM_SCRATCH = ("fbnet", "mnasnet", "mobilenetv3", "moga", "proxyless", "proxyless_cifar")
SMALL = ("experiment=moga", "data=digits", "trainer=auto", "data.classes=null")


@pytest.mark.parametrize("scale", SCALES)
def test_fine_tuning_means_the_same_at_every_scale(scale: str) -> None:
    values = yaml.safe_load((conf_dir() / "recipe" / "fine_tune.yaml").read_text())
    values.pop("_target_")
    recipe = composed(*SMALL, f"scale={scale}", "recipe=fine_tune").recipe
    assert recipe == Recipe(**values)
    assert recipe.init == "given"


@pytest.mark.parametrize("name", FROM_SCRATCH)
def test_a_papers_recipe_has_the_length_of_the_scale(name: str) -> None:
    """What README.md says of the scales laptop and cifar."""
    laptop = composed(*SMALL, "scale=laptop", f"recipe={name}").recipe
    assert (laptop.epochs, laptop.batch_size, laptop.warmup_epochs, laptop.least_steps) == (12, 32, 1, 200)
    assert (laptop.schedule, laptop.ema_decay) == ("cosine", 0.99)
    cifar = composed(*SMALL, "scale=cifar", f"recipe={name}").recipe
    assert (cifar.epochs, cifar.batch_size, cifar.lr, cifar.least_steps) == (200, 128, 0.01, 200)
    assert (cifar.schedule, cifar.ema_decay) == ("cosine", 0.999)


def test_the_command_line_beats_the_scale() -> None:
    assert composed(*SMALL, "scale=laptop", "recipe=moga", "recipe.epochs=7").recipe.epochs == 7
    assert composed(*SMALL, "scale=laptop", "recipe=fine_tune", "recipe.epochs=0").recipe.epochs == 0


CHANGES = {
    "init": "given",
    "head_epochs": "1",
    "stage_lr": "0.5",
    "norm_statistics": "frozen",
    "keep_best": "true",
    "teacher": "it",
    "teacher_weight": "0.1",
    "teacher_temperature": "2",
}


@pytest.mark.parametrize("name", OF_NETWORKS)
def test_a_supernet_has_no_use_for_what_is_said_of_one_network(name: str, tmp_path: Path) -> None:
    overrides = [*SMALL, f"outputs={tmp_path}", f"+supernet_recipe.{name}={CHANGES[name]}"]
    with pytest.raises(SettingsError) as error:
        plan(composed(*overrides), "", overrides)
    (said,) = error.value.sentences
    assert said.startswith(f"supernet_recipe.{name}=")
    assert "has a meaning only for the training of a single network, and none for a supernet" in said


def test_a_supernet_of_random_weights_is_trained(tmp_path: Path) -> None:
    overrides = [*SMALL, f"outputs={tmp_path}", "supernet_recipe.epochs=0"]
    with pytest.raises(SettingsError, match=r"^supernet_recipe\.epochs=0 trains nothing"):
        plan(composed(*overrides), "", overrides)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["recipe=fine_tune"], "recipe.init=given needs a network with weights"),
        (["+recipe.init=supernet", "evaluator=proxy_task"], "recipe.init=supernet needs a supernet of this run"),
        (["+recipe.init=supernet", "improvements=[relu]"], "improvements=['relu'] would change a network after"),
        (["recipe.epochs=0"], "recipe.epochs=0 trains nothing"),
    ],
)
def test_a_beginning_that_is_not_there_is_told_before_any_work(overrides: list[str], said: str, tmp_path: Path) -> None:
    overrides = [*SMALL, f"outputs={tmp_path}", *overrides, "stages=[profile,search,retrain]"]
    with pytest.raises(SettingsError) as error:
        plan(composed(*overrides), "", overrides)
    assert [one for one in error.value.sentences if one.startswith(said)]


@pytest.mark.parametrize("override", ["+recipe.head_epochs=1", "+recipe.stage_lr=0.5"])
def test_a_setting_without_effect_on_new_weights_is_told(
    override: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    overrides = [*SMALL, f"outputs={tmp_path}", override]
    plan(composed(*overrides), "", overrides)
    assert f"{override} has no effect, because the networks begin with new weights." in caplog.text
