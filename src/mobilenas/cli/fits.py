"""Whether the parts of an experiment go together, before any long work."""

from typing import Any

from lightning_fabric.utilities.exceptions import MisconfigurationException

from mobilenas.evaluator import ProxyScoring
from mobilenas.network.improvement import improve
from mobilenas.stages import Experiment, asks_for
from mobilenas.training.fit import Training


def check_fits(experiment: Experiment) -> None:
    """Raise ValueError, with the way out, where one part does not fit another."""
    _check_adaptation(experiment)
    _check_search(experiment)
    _check_device(experiment.training)
    if "supernet" in experiment.stages:
        _ = experiment.layerwise, experiment.supernet_scoring
        method: Any = experiment.method
        method.func.check(experiment.supernet_recipe, method.keywords)


def _check_search(experiment: Experiment) -> None:
    scoring, data, space = experiment.scoring, experiment.data, experiment.space
    if isinstance(scoring, ProxyScoring) and "search" in experiment.stages:
        data = data.with_train_images(scoring.train_images) if scoring.train_images else data
        data.train_loader(experiment.recipe.batch_size, experiment.seed)  # whether a batch fits a trial's images
    if not space.options and {"supernet", "search"} & set(experiment.stages):
        raise ValueError(f"{space.name} has nothing to choose from: give search_space.candidates at least two names.")
    if asks_for(experiment.algorithm, "probabilities") and not asks_for(experiment.method, "latency"):
        name = experiment.settings["algorithm"]["_target_"].rpartition(".")[2].lower()
        raise ValueError(
            f"algorithm={name} takes what a method has learned of the architecture: add method=binarized or"
            " method=gumbel, or choose algorithm=nsga2."
        )
    if asks_for(experiment.algorithm, "objective"):
        experiment.algorithm(space=space, objective=experiment.objective, seed=experiment.seed)


def _check_adaptation(experiment: Experiment) -> None:
    stages, as_algorithm = experiment.stages, not asks_for(experiment.algorithm, "space")
    if as_algorithm and "search" in stages:
        raise ValueError(
            "algorithm=netadapt makes a trained network smaller: add experiment=netadapt, whose stages are"
            " profile, seed, adapt, retrain and report."
        )
    if "adapt" in stages and experiment.adaptation is None:
        raise ValueError("The stage adapt needs algorithm=netadapt, or algorithm@adaptation=netadapt after a search.")
    if experiment.adaptation and experiment.networks:
        improve(experiment.networks[0], experiment.improvements)
    if {"seed", "adapt"} & set(stages) and as_algorithm and not experiment.networks:
        raise ValueError("The stages seed and adapt need a network: add network=mobilenet_v2 say, or network_file=...")


def _check_device(training: Training) -> None:
    try:
        training.check()
    except MisconfigurationException as error:
        raise ValueError(f"{error} Choose trainer=auto, or another accelerator or number of devices.") from None
