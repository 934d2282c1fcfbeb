"""Every field of every part can be set on the command line, also one that no file of conf/ mentions."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.any_field import as_written, settable
from mobilenas.cli.composing import composed
from mobilenas.cli.search_path import register
from mobilenas.cli.trusted import resolve
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError

GROUPS = sorted({path.parent.name for path in conf_dir().glob("*/*.yaml")} - {"experiment", "network"})


def _left_out(group: str) -> Iterator[tuple[str, str, object]]:
    """Yields each field with a default that a file of a group leaves out: the file, the field and the default."""
    for path in sorted((conf_dir() / group).glob("*.yaml")):
        given = OmegaConf.load(path)
        for field in fields(resolve(given["_target_"])) if "_target_" in given else ():
            if field.name not in given and field.default is not MISSING and not is_dataclass(field.default):
                yield path.stem, field.name, field.default


@pytest.mark.parametrize("group", GROUPS)
def test_a_field_that_a_file_leaves_out_is_set_by_its_name(group: str) -> None:
    for choice, field, default in list(_left_out(group)):
        name, wrong = f"{group}.{field}", "{a: {b: 1}}"
        with pytest.raises(SettingsError) as refused:
            composed(f"{group}={choice}", f"{name}={wrong}")
        said = [one for one in refused.value.sentences if name in one]
        assert said and not any("There is no setting" in one for one in said), (said, default)


def test_there_are_such_fields() -> None:
    assert ("auto", "gradient_clip_val", None) in list(_left_out("trainer"))
    assert "milestones" in [name for _, name, _ in _left_out("recipe")]


def test_the_value_arrives() -> None:
    settings = composed("trainer.gradient_clip_val=1", "trainer.limit_train_batches=2", "recipe.milestones=[0.5,0.75]")
    assert (settings.trainer.gradient_clip_val, settings.trainer.limit_train_batches) == (1, 2)
    assert settings.recipe.milestones == (0.5, 0.75)


def test_a_default_that_is_set_leaves_all_settings_as_they_were() -> None:
    assert composed("trainer.accumulate_grad_batches=1") == composed()


@pytest.mark.parametrize("flag", [["--cfg", "job"], ["--multirun"], []])
def test_a_misspelt_name_is_told_with_any_flag(flag: list[str]) -> None:
    register()
    with pytest.raises(SettingsError) as refused:
        check_ahead([*flag, *settable(["trainer.gradient_clip=1"])])
    said = "There is no setting 'trainer.gradient_clip'; did you mean 'trainer.gradient_clip_val'?"
    assert refused.value.sentences == (said,)


@pytest.mark.parametrize("values", ["trainer.gradient_clip_val=1,2", "trainer.gradient_clip_val=range(1,3)"])
def test_a_sweep_sets_such_a_field(values: str) -> None:
    register()
    check_ahead(["--multirun", *settable([values])])


def test_a_file_of_the_users_own_takes_such_a_field_too(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "mine.yaml").write_text("_target_: mobilenas.training.Trainer\n")
    register()
    own = ["--config-dir", str(tmp_path), "trainer=mine"]
    check_ahead([*own, *settable(["trainer.gradient_clip_val=1", "trainer.precision=32-true"])])
    with pytest.raises(SettingsError, match="gradient_clip_val must be a number"):
        check_ahead([*own, *settable(["trainer.gradient_clip_val=a"])])


def test_only_fields_of_parts_are_marked_and_the_marks_are_not_shown() -> None:
    given = [
        "experiment=moga",
        "recipe.lr=1",
        "+recipe.lr=1",
        "~recipe.lr",
        "hydra.verbose=true",
        "--multirun",
        "seed=1",
    ]
    assert settable(given) == [*given[:1], "++recipe.lr=1", *given[2:]]
    assert as_written(settable(given)) == given
