"""A command with several runs is checked as a whole before the first run."""

import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.search_path import register
from mobilenas.settings import SettingsError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--multirun", "seed=1,abc"], "seed must be a whole number, 0 or more, not 'abc'."),
        (["--multirun", "seed=1,2", "recipe.epochs=3,-1"], "recipe.epochs must be a whole number, 0 or more, not -1."),
        (["hydra.mode=MULTIRUN", "seed=1,abc"], "seed must be a whole number, 0 or more, not 'abc'."),
        (
            ["--multirun", "seed=1,2", "network_file=none.yaml"],
            "network_file=none.yaml can't be read: No such file or directory; give the path of a YAML file.",
        ),
        (["seed=-1"], "seed must be a whole number, 0 or more, not -1."),
    ],
)
def test_a_wrong_value_of_any_run_is_told_before_the_first_run(arguments: list[str], said: str) -> None:
    register()
    with pytest.raises(SettingsError) as refused:
        check_ahead(arguments)
    assert refused.value.sentences == (said,)


@pytest.mark.parametrize(
    "arguments",
    [[], ["--multirun", "seed=1,2"], ["--cfg", "job", "seed=abc"], ["--help"], ["--info", "all"], ["--cfg", "all"]],
)
def test_what_is_right_or_only_shown_is_not_refused(arguments: list[str]) -> None:
    register()
    check_ahead(arguments)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["seed=range(0,10000000)"], "The sweep has 10,000,000 runs, more than 10,000: give fewer values."),
        (["seed=shuffle(range(0,10000000))"], "The sweep has 10,000,000 runs, more than 10,000: give fewer values."),
        (["recipe.lr=range(0.1,30,0.001)"], "The sweep has 29,900 runs, more than 10,000: give fewer values."),
        (["seed=range(0,9000)", "choose=1,2"], "The sweep has 18,000 runs, more than 10,000: give fewer values."),
        (["seed=range(0,10,0)"], "seed=range(0,10,0) has a step of 0: give another one."),
    ],
)
def test_a_sweep_of_too_many_runs_is_refused_at_once(values: list[str], said: str) -> None:
    register()
    with pytest.raises(SettingsError) as refused:
        check_ahead(["--multirun", *values])
    assert refused.value.sentences == (said,)


def test_nothing_is_written_for_a_sweep_with_a_wrong_value(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mobilenas.cli", "--multirun", "seed=1,abc", "stages=[profile]"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert (ended.returncode, ended.stderr) == (1, "mobilenas: seed must be a whole number, 0 or more, not 'abc'.\n")
    assert not list(tmp_path.iterdir())
