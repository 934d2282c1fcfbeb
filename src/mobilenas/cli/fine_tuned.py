"""Fine-tunes by default where trained weights are given, because the papers' recipes train from scratch."""

from collections.abc import Sequence

from mobilenas.pipeline.settings import FINE_TUNING

_WEIGHTS, _NONE = "weights=", ("", "null")


def fine_tuned(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments of a command line with the recipe of fine-tuning, if weights are given without a recipe."""
    given = [one.removeprefix(_WEIGHTS) for one in arguments if one.startswith(_WEIGHTS)]
    has_recipe = any(one.startswith("recipe=") for one in arguments)
    if has_recipe or not given or any(value in _NONE for one in given for value in one.split(",")):
        return list(arguments)
    return [*arguments, FINE_TUNING]
