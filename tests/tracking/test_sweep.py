"""The ready sweep of W&B: its agent's command lines are ones that mobilenas takes."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args, load_sweep_config

from mobilenas.cli.composing import composed
from mobilenas.tracking import WandbLog
from tests.tracking.documented import documented

pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in.*wandb_sweep.yaml")  # W&B leaves it open

FILE = Path(__file__).parents[2] / "docs" / "wandb_sweep.yaml"


@pytest.fixture(scope="module")
def sweep() -> dict[str, Any]:
    found = load_sweep_config(str(FILE))
    assert found
    return found


def _command_lines(sweep: dict[str, Any]) -> list[list[str]]:
    """What the agent would run, for every choice of the grid, as the agent makes it of the server's answer."""
    choices = {name: one.get("values", [one.get("value")]) for name, one in sweep["parameters"].items()}
    lines = []
    for values in product(*choices.values()):
        args = {name: {"value": value} for name, value in zip(choices, values, strict=True)}
        own = create_sweep_command_args({"args": args, "program": sweep["program"]})
        words = {"${args_no_hyphens}": own["args_no_hyphens"], "${env}": ["/usr/bin/env"]}
        lines.append([word for part in create_sweep_command(sweep["command"]) for word in words.get(part, [part])])
    return lines


def test_each_command_line_of_the_grid_is_a_run_of_its_own(sweep: dict[str, Any]) -> None:
    lines = _command_lines(sweep)
    assert len(lines) == 6
    made = []
    for env, program, *settings in lines:
        assert (env, program) == ("/usr/bin/env", "mobilenas")
        made.append(composed(*settings))
    assert all(isinstance(one.logger, WandbLog) for one in made)
    assert [one.seed for one in made] == [0, 1, 2] * 2
    assert {one.stages for one in made} == {("profile", "supernet", "search")}
    assert len({repr((one.algorithm, one.seed)) for one in made}) == 6


def test_what_the_sweep_maximizes_is_recorded(sweep: dict[str, Any]) -> None:
    assert sweep["metric"]["name"] in {one.name for one in documented()[0]}
