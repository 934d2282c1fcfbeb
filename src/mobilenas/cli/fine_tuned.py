"""Chooses the recipe where the user has not, because the papers' recipes train classification from scratch."""

from collections.abc import Sequence

from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline.settings import FINE_TUNING

_WEIGHTS, _NONE = "weights=", ("", "null")
OF_TASKS = ("detection", "segmentation")
"""The tasks that have a recipe of the same name."""


def fine_tuned(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments of a command line with a recipe, if they name none.

    It is the recipe of the task, or that of fine-tuning if weights are given. A preset for a task has its own recipe.
    It stands before the first of these arguments, because no setting may follow a flag as ``--multirun``.
    """
    names = [one.lstrip("+") for one in arguments]
    if any(one.startswith("recipe=") for one in names):
        return list(arguments)
    chosen = [(place, one.removeprefix("task=")) for place, one in enumerate(names) if one.startswith("task=")]
    if chosen and chosen[-1][1] in OF_TASKS:
        place, task = chosen[-1]
        return [*arguments[:place], f"recipe={task}", *arguments[place:]]
    given = [place for place, one in enumerate(names) if one.startswith(_WEIGHTS)]
    values = [value for place in given for value in names[place].removeprefix(_WEIGHTS).split(",")]
    if not given or any(value in _NONE for value in values) or any(map(_has_task, names)):
        return list(arguments)
    return [*arguments[: given[0]], FINE_TUNING, *arguments[given[0] :]]


def _has_task(argument: str) -> bool:
    """Returns whether an argument chooses a preset that sets the task, and its recipe with it."""
    name, _, value = argument.partition("=")
    path = conf_dir() / "experiment" / f"{value}.yaml"
    return name == "experiment" and path.is_file() and "override /task:" in path.read_text("utf-8")
