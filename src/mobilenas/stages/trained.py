"""Networks that a stage trains from scratch, and their weights on disk."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from mobilenas.network.spec import NetworkSpec
from mobilenas.stages.base import Experiment
from mobilenas.training.retrain import Retrain
from mobilenas.training.weights import WEIGHTS, save_weights


def trained(experiment: Experiment, spec: NetworkSpec, folder: Path, splits: Sequence[str]) -> nn.Sequential:
    """The network after training by the run's recipe, on the CPU in eval mode; its weights are written too."""
    recipe = experiment.recipe
    loader = experiment.data.train_loader(recipe.batch_size, experiment.seed, splits)
    module = experiment.training.fit(lambda: Retrain(spec, recipe), loader, recipe, folder, spec.name)
    assert isinstance(module, Retrain)
    network = module.network.to("cpu").eval()
    save_weights(network.state_dict(), folder / WEIGHTS)
    return network
