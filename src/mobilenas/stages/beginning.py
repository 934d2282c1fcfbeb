"""The weights that the training of a single network begins with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mobilenas.evaluation import Architecture
from mobilenas.stages.base import Run
from mobilenas.stages.choice import Choice
from mobilenas.stages.chosen import Chosen
from mobilenas.stages.supernet_record import WEIGHTS
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from torch import Tensor

Source: TypeAlias = Literal["random", "given", "supernet"]


@dataclass(frozen=True)
class Beginning:
    """The tensors that a network begins with.

    Args:
        tensors: all of them, by the names of the network's module; None if all weights are new
        new: the names of those that are new, the last layer's
    """

    tensors: Mapping[str, Tensor] | None = None
    new: Collection[str] = ()


def source_of(run: Run, recipe: Recipe, choice: Choice) -> Source:
    """Returns where the weights of the chosen networks come from."""
    if choice.adaptation or recipe.init == "random":
        return "random"
    if recipe.init == "supernet":
        return "supernet"
    return "given" if run.networks and run.weights else "random"


def check_source(run: Run, recipe: Recipe, choice: Choice) -> None:
    """Raises ValueError if there will be no such weights to begin with, or if nothing would be learned."""
    changed = "NetAdapt" if choice.adaptation else f"improvements={list(choice.improvements)}"
    if recipe.init == "supernet" and (choice.adaptation or choice.improvements):
        raise ValueError(
            f"recipe.init=supernet cannot be with {changed}, because a supernet has no weights for a network that is"
            " changed afterwards: set recipe.init=random, or leave out the changes."
        )
    if recipe.init == "supernet" and run.networks:
        raise ValueError(
            "recipe.init=supernet is for networks that a search has found, and here a network is given: set"
            " recipe.init=auto."
        )
    source = source_of(run, recipe, choice)
    if recipe.init == "given" and source != "given" and not choice.adaptation:
        raise ValueError(
            "recipe.init=given needs a network with weights, and there are none: add network=... and weights=..., or"
            " set recipe.init=auto."
        )
    if not recipe.epochs and source == "random":
        raise ValueError(
            "recipe.epochs=0 trains nothing, and the weights would be random: set recipe.epochs to 1 or more, or begin"
            " with trained weights."
        )


def beginning_of(run: Run, recipe: Recipe, choice: Choice, network: Chosen) -> Beginning:
    """Returns what a chosen network begins with.

    Raises:
        ValueError: the supernet's file is missing, or is not one of this search space
    """
    source = source_of(run, recipe, choice)
    if source == "given":
        assert run.weights
        return Beginning(run.weights.tensors, run.weights.new)
    if source == "supernet":
        assert network.evaluation
        return Beginning(_path(run, recipe, network.evaluation.architecture))
    return Beginning()


def _path(run: Run, recipe: Recipe, architecture: Architecture) -> dict[str, Tensor]:
    """Returns the supernet's tensors along a path.

    The running statistics of a shared network mix those of all its paths. If the training will not move them, they are
    computed for the path alone.
    """
    from mobilenas.supernet import load_supernet

    path = run.folder / "supernet" / WEIGHTS
    if not path.exists():
        raise ValueError(f"There are no supernet weights at {path}: run the stage supernet, or set recipe.init=random.")
    network = load_supernet(run.layerwise, path).path(architecture)
    if recipe.norm_statistics == "frozen" and recipe.calibration_images:
        from mobilenas.stages.trained import calibrated

        network = calibrated(network, run, recipe, run.training.device)
    return {name: tensor.cpu() for name, tensor in network.state_dict().items()}


IN_WORDS: Mapping[Source, str] = {
    "random": "",
    "given": ", beginning with the given weights",
    "supernet": ", beginning with the supernet's weights",
}
