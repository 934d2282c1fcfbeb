"""The weights that the training of a single network begins with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mobilenas.evaluation import Architecture
from mobilenas.stages.adapt import AdaptRecord
from mobilenas.stages.base import Run
from mobilenas.stages.choice import Choice
from mobilenas.stages.chosen import Chosen
from mobilenas.stages.given_weights import Beginning, WeightsFrom, check_given, check_last_layer, given_to, seed_from
from mobilenas.stages.seed import SeedRecord
from mobilenas.stages.supernet_record import WEIGHTS
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from torch import Tensor


def weights_from(run: Run, recipe: Recipe, choice: Choice) -> WeightsFrom:
    """Returns where the weights of the chosen networks come from."""
    if choice.adaptation:
        keeps = choice.adaptation.keeps_weights(run.weights is not None)
        return "adapted" if keeps and recipe.init != "random" else "random"
    return "supernet" if recipe.init == "supernet" else seed_from(run, recipe)


def check_beginning(run: Run, recipe: Recipe, choice: Choice, has_parent: bool = False) -> None:
    """Raises ValueError if there will be no such weights to begin with, or if nothing would be learned."""
    if recipe.init == "supernet" and choice.adaptation:
        raise ValueError(
            "recipe.init=supernet cannot be with NetAdapt, because a supernet has no weights for a network that is"
            " changed afterwards: set recipe.init=auto."
        )
    if recipe.init == "supernet" and run.networks:
        raise ValueError(
            "recipe.init=supernet is for networks that a search has found, and here a network is given: set"
            " recipe.init=auto."
        )
    begin = weights_from(run, recipe, choice)
    if choice.improvements and begin in ("inherited", "adapted", "supernet"):
        way_out = "set after=scratch of netadapt" if begin == "adapted" else "set recipe.init=random"
        raise ValueError(
            f"improvements={list(choice.improvements)} would change a network after its weights were found, and these"
            f" would not fit: leave out the improvements, or {way_out}."
        )
    check_given(replace(recipe, init="auto") if choice.adaptation else recipe, begin)
    if not has_parent:
        check_last_layer(run, recipe, begin)


def beginning_of(run: Run, recipe: Recipe, choice: Choice, network: Chosen, has_parent: bool = False) -> Beginning:
    """Returns what a chosen network begins with.

    Args:
        run: the run
        recipe: the recipe of the training
        choice: how the networks are chosen
        network: the chosen network
        has_parent: whether networks that inherit take the weights of the stage parent, not the given ones

    Raises:
        ValueError: a file of another stage is missing, or is not one of this search space
    """
    begin = weights_from(run, recipe, choice)
    if begin == "supernet":
        from mobilenas.training.weights import marks_of_file

        architecture = run.architecture or (network.evaluation.architecture if network.evaluation else ())
        supernet = run.folder / "supernet" / WEIGHTS
        return Beginning(_path(run, recipe, architecture), trained_on=marks_of_file(supernet))
    if begin == "adapted":
        from mobilenas.files.tensors import read_tensors
        from mobilenas.training.weights import marks_of_file

        assert network.evaluation
        folder = run.folder / "adapt"
        tensors = read_tensors(AdaptRecord.load(folder).weights(folder, network.evaluation))
        return Beginning(tensors, trained_on=marks_of_file(SeedRecord.load(run.folder / "seed").weights))
    return given_to(run, network.spec, begin, has_parent)


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
