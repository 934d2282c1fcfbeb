"""A wrong value of any setting is refused in a sentence that names it, and nothing is deleted before."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from mobilenas.cli.build import build
from mobilenas.conf_dir import conf_dir
from tests.cli.wrong_values import PAGE, TABLE, Wrong, page, refused, wrong_values

WRONG = tuple(wrong_values())


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: " ".join(one.overrides))
def test_a_wrong_value_is_refused_in_a_sentence_that_names_the_setting(wrong: Wrong) -> None:
    name = wrong.setting.lstrip("+")
    named = [one for one in refused(*wrong.overrides) if one.startswith((f"{name} must be ", f"The {name} "))]
    assert len(named) == 1
    assert named[0].endswith(".") and "\n" not in named[0]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: " ".join(one.overrides))
def test_nothing_else_is_said_but_where_a_size_of_the_scale_is_used(wrong: Wrong) -> None:
    uses = 1 if wrong.setting.startswith("scale.") else 0
    assert len(refused(*wrong.overrides)) <= 1 + uses


def test_the_table_has_all_groups_and_no_row_twice() -> None:
    groups = {path.name for path in conf_dir().iterdir() if path.is_dir()}
    tried = {wrong.setting.lstrip("+").partition(".")[0] for wrong in WRONG}
    assert groups - tried == {"experiment", "network"}  # of which an experiment is chosen, and a file of layers
    assert len(TABLE) >= 14 and len(WRONG) >= 60
    assert max(Counter(WRONG).values()) == 1


def test_docs_wrong_values_is_what_is_said() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "docs/wrong_values.md is out of date: run python -m tests.cli.wrong_values"
    )


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "MOBILENAS_TRACEBACK"}
    command = [sys.executable, "-m", "mobilenas.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_three_wrong_values_are_three_lines_and_status_1(tmp_path: Path) -> None:
    wrong = ("seed=1.5", "recipe.epochs=many", "method.init=flase")
    ended = _command("experiment=moga", f"outputs={tmp_path}", *wrong)
    assert sorted(ended.stderr.splitlines()) == [
        "mobilenas: method.init must be one of random, zero, inherit, not 'flase'.",
        "mobilenas: recipe.epochs must be a whole number, 0 or more, not 'many'.",
        "mobilenas: seed must be a whole number, 0 or more, not 1.5.",
    ]
    assert (ended.returncode, ended.stdout) == (1, "")
    assert not list(tmp_path.iterdir())


def test_a_misspelt_fresh_deletes_nothing(tmp_path: Path) -> None:
    given = ("experiment=moga_a", "hardware=table", f"hardware.path={tmp_path / 'phone.csv'}", f"outputs={tmp_path}")
    (tmp_path / "phone.csv").write_text("layer,latency_ms\nskip,0.0\n")
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        made = build(compose("config", list(given)))
    kept = [made.run.folder / stage.name / "weights" for stage in made.stages]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_text("finished work")
    ended = _command(*given, "fresh=flase")
    assert ended.stderr.splitlines() == ["mobilenas: fresh must be true or false, not 'flase'."]
    assert (ended.returncode, ended.stdout) == (1, "")
    assert [path.read_text() for path in kept] == ["finished work"] * len(made.stages)
