"""Fine-tunes by default where trained weights are given, because the papers' recipes train from scratch."""

from collections.abc import Sequence

from mobilenas.pipeline.settings import FINE_TUNING

_WEIGHTS, _NONE = "weights=", ("", "null")


def fine_tuned(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments of a command line with the recipe of fine-tuning, if weights are given without a recipe.

    It stands before the weights, because no setting may follow a flag as ``--multirun``.
    """
    names = [one.lstrip("+") for one in arguments]
    given = [place for place, one in enumerate(names) if one.startswith(_WEIGHTS)]
    values = [value for place in given for value in names[place].removeprefix(_WEIGHTS).split(",")]
    if not given or any(one.startswith("recipe=") for one in names) or any(value in _NONE for value in values):
        return list(arguments)
    return [*arguments[: given[0]], FINE_TUNING, *arguments[given[0] :]]
