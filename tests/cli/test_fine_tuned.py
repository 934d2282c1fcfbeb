"""The recipe of fine-tuning is chosen where trained weights are given, and stands where Hydra reads it."""

import pytest
from hydra._internal.utils import get_args_parser

from mobilenas.cli.composing import composed
from mobilenas.cli.fine_tuned import fine_tuned

RECIPE = "recipe=fine_tune"


@pytest.mark.parametrize(
    "arguments",
    [
        ["network=mobilenet_v2", "weights=published", "seed=0,1", "--multirun"],
        ["--multirun", "network=mobilenet_v2", "weights=published", "seed=0,1"],
        ["weights=published", "--cfg", "job"],
        ["network=mobilenet_v2", "+weights=published", "-m"],
        ["++weights=a.pth,b.pth", "--multirun"],
    ],
    ids=" ".join,
)
def test_it_stands_among_the_settings(arguments: list[str]) -> None:
    found = fine_tuned(arguments)
    assert [one for one in found if one != RECIPE] == arguments and RECIPE in found
    overrides = get_args_parser().parse_args(found).overrides  # as Hydra reads them
    assert overrides == [one for one in found if "=" in one]


@pytest.mark.parametrize(
    "arguments",
    [
        ["network=mobilenet_v2"],
        ["weights=published", "recipe=mnasnet"],
        ["weights=published", "+recipe=mnasnet", "--multirun"],
        ["weights=null"],
        ["weights="],
        ["weights=a.pth,null", "--multirun"],
    ],
    ids=" ".join,
)
def test_what_the_user_chooses_stays(arguments: list[str]) -> None:
    assert fine_tuned(arguments) == arguments


@pytest.mark.parametrize("weights", ["weights=published", "++weights=published"])
def test_the_recipe_is_that_of_fine_tuning(weights: str) -> None:
    settings = composed("experiment=mnasnet_a1", "network=mobilenet_v2", weights)
    assert settings.recipe == composed("experiment=fine_tune").recipe


@pytest.mark.parametrize("task", ["detection", "segmentation"])
@pytest.mark.parametrize("more", [[], ["weights=published"], ["--multirun"]], ids=" ".join)
def test_a_task_has_its_own_recipe(task: str, more: list[str]) -> None:
    found = fine_tuned(["network=mobilenet_v2", f"task={task}", *more])
    assert found == ["network=mobilenet_v2", f"recipe={task}", f"task={task}", *more]
    assert fine_tuned([f"task={task}", "recipe=mnasnet", *more]) == [f"task={task}", "recipe=mnasnet", *more]


@pytest.mark.parametrize("preset", ["detection", "segmentation", "around_detection", "around_segmentation"])
def test_a_preset_for_a_task_keeps_its_recipe(preset: str) -> None:
    arguments = [f"experiment={preset}", "weights=outputs/run"]
    assert fine_tuned(arguments) == arguments
    found = composed(f"experiment={preset}", "data.root=images").recipe
    assert found == composed(f"recipe={preset.removeprefix('around_')}").recipe
