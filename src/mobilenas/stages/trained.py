"""Networks that a stage trains from scratch, and their weights on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mobilenas.method import Retrain
from mobilenas.spec import NetworkSpec
from mobilenas.stages.base import Experiment

WEIGHTS = "weights.safetensors"


def trained(experiment: Experiment, spec: NetworkSpec, folder: Path, splits: Sequence[str]) -> nn.Sequential:
    """The network after training by the run's recipe, on the CPU in eval mode; its weights are written too."""
    recipe = experiment.recipe
    loader = experiment.data.train_loader(recipe.batch_size, experiment.seed, splits)
    module = experiment.training.fit(lambda: Retrain(spec, recipe), loader, recipe, folder, spec.name)
    assert isinstance(module, Retrain)
    network = module.network.to("cpu").eval()
    save_weights(network.state_dict(), folder / WEIGHTS)
    return network


def save_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    """As safetensors; a file that is there is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, new)
    new.replace(path)


def load_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """The network of a description with the weights in a file, in eval mode."""
    network = spec.build()
    network.load_state_dict(load_file(path))
    return network.eval()
