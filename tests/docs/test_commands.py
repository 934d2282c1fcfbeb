"""Every command that is written in README.md, docs/ and the comments of conf/ is one that the program accepts."""

import argparse
import tomllib
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import pytest

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.any_field import settable
from mobilenas.cli.choices import wrong_choices
from mobilenas.cli.fine_tuned import fine_tuned
from mobilenas.cli.search_path import register
from mobilenas.settings import SettingsError
from tests.docs.written import ROOT, Command, commands

OTHERS = MappingProxyType(
    {
        ("mobilenas", "WITH", "SETTING=VALUE"): "the form of the rows of a table",
        ("mobilenas", "experiment=mnasnet", "objective=linear_reward", "objective.price=0.2"): "test_part_page.py",
    }
)
"""Commands that are not checked here, and why."""

PLUGINS = {"joblib": "hydra_plugins.hydra_joblib_launcher", "submitit_slurm": "hydra_plugins.hydra_submitit_launcher"}
NETWORK = "{input: {channels: 3, height: 8, width: 8}, layers: [{op: classifier, classes: 10}]}"
WRITTEN = [one for one in commands() if one.words not in OTHERS]
RUNS = [one for one in WRITTEN if one.words[0] == "mobilenas"]
SMALL = [one for one in WRITTEN if one.words[0] != "mobilenas"]


def _name(command: Command) -> str:
    return str(command)[:160]


def test_commands_are_found_in_every_place() -> None:
    places = {one.place.partition("/")[0] for one in WRITTEN}
    assert places == {"README.md", "docs", "conf"}
    assert {one.words[0] for one in SMALL} == set(_programs()) - {"mobilenas"}


def test_a_command_that_is_not_checked_is_still_written() -> None:
    assert set(OTHERS) <= {one.words for one in commands()}


@pytest.mark.parametrize("command", RUNS, ids=_name)
def test_a_run_is_accepted(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = list(command.words[1:])
    _skip_without_launcher(arguments)
    monkeypatch.chdir(tmp_path)
    _make_files(arguments)
    assert not list(wrong_choices(arguments)), command.place
    register()
    try:
        check_ahead(fine_tuned(settable(arguments)))
    except SettingsError as error:
        pytest.fail(f"{command.place}: {command}\n{error}")


@pytest.mark.parametrize("command", SMALL, ids=_name)
def test_a_small_command_is_accepted(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, function = _programs()[command.words[0]].partition(":")
    parse = argparse.ArgumentParser.parse_args

    class ParsedError(Exception):
        """The arguments are right; nothing is run."""

    def stop(parser: argparse.ArgumentParser, given: Sequence[str]) -> None:
        parse(parser, given)
        raise ParsedError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    main: Callable[[Sequence[str]], None] = getattr(import_module(module), function)
    with pytest.raises(ParsedError):
        main(command.words[1:])


def _programs() -> dict[str, str]:
    """The programs of pyproject.toml, and the function of each."""
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    return found


def _skip_without_launcher(arguments: Sequence[str]) -> None:
    for one in arguments:
        if one.startswith("hydra/launcher="):
            pytest.importorskip(PLUGINS[one.partition("=")[2]])


def _make_files(arguments: Sequence[str]) -> None:
    """Makes what a command names: YAML of a network, weights, folders of images."""
    for one in arguments:
        name, _, value = one.partition("=")
        if name == "network_file" and value != "null":
            _write(Path(value), NETWORK)
        elif name == "weights" and ":" not in value and value not in ("published", "null"):
            _write(Path(value), "")
        elif name == "data.root" and not Path(value).is_absolute():
            Path(value).mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
