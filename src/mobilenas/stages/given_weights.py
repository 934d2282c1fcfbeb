"""The given weights, and whether the training of a single network begins with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from mobilenas.network import NetworkSpec
from mobilenas.stages.base import Run
from mobilenas.training import Recipe
from mobilenas.training.recipe import NO_WEIGHTS

if TYPE_CHECKING:
    from torch import Tensor

    from mobilenas.data.marks import Marks

WeightsFrom: TypeAlias = Literal["random", "given", "inherited", "adapted", "supernet"]
"""New ones; those of the given network; those that another one inherits from it; those that NetAdapt has left; those
of a supernet's path."""

IN_WORDS: Mapping[WeightsFrom, str] = MappingProxyType(
    {
        "random": "",
        "given": ", beginning with the given weights",
        "inherited": ", beginning with weights inherited from the given network",
        "adapted": ", beginning with the weights that NetAdapt has left",
        "supernet": ", beginning with the supernet's weights",
    }
)


@dataclass(frozen=True)
class Beginning:
    """The tensors that a network begins with.

    Args:
        tensors: all of them, by the names of the network's module; None if all weights are new
        new: the names of those that are new, the last layer's
        trained_on: the marks of the images that have trained them
    """

    tensors: Mapping[str, Tensor] | None = None
    new: Collection[str] = ()
    trained_on: Marks | None = None


NEW = Beginning()
"""New weights."""


def seed_from(run: Run, recipe: Recipe) -> WeightsFrom:
    """Returns where the weights of the network come from that NetAdapt begins with."""
    if recipe.init == "random" or not run.weights:
        return "random"
    return "given" if run.networks else "inherited"


def check_given(recipe: Recipe, begin: WeightsFrom) -> None:
    """Raises ValueError if a recipe needs trained weights, and the training would begin with new ones."""
    if begin != "random":
        return
    if recipe.init == "given":
        raise ValueError(NO_WEIGHTS)
    if not recipe.epochs:
        raise ValueError(
            "recipe.epochs=0 trains nothing, and the weights would be random: set recipe.epochs to 1 or more, or begin"
            " with trained weights."
        )


def check_last_layer(run: Run, recipe: Recipe, begin: WeightsFrom) -> None:
    """Raises ValueError if the last layer of a network is new, and the training does nothing."""
    if not recipe.epochs and begin in ("given", "inherited") and run.weights and run.weights.new:
        raise ValueError(
            "recipe.epochs=0 would leave the last layer of the given network random: set recipe.epochs to 1 or more."
        )


def given_to(run: Run, network: NetworkSpec, begin: WeightsFrom, is_fine_tuned: bool = False) -> Beginning:
    """Returns the given weights for the given network, or what another network inherits from it.

    Args:
        run: the run
        network: the network
        begin: where its weights come from
        is_fine_tuned: whether the stage parent has fine-tuned the given network
    """
    if begin == "random" or not run.weights:
        return NEW
    if begin == "given":
        return Beginning(run.weights.tensors, run.weights.new, run.weights.trained_on)
    from mobilenas.stages.parent import parent_weights
    from mobilenas.supernet import inherited_network

    assert run.parent
    tensors = inherited_network(network, run.parent, parent_weights(run) if is_fine_tuned else run.weights.tensors)
    new = () if is_fine_tuned else [name for name in run.weights.new if name in tensors]
    return Beginning(tensors, new, run.weights.trained_on)  # the stage parent trains on train, as what follows
