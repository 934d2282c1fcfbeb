"""Reads and writes the weights of a network."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mobilenas.network import NetworkSpec

WEIGHTS = "weights.safetensors"


def save_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    """Writes weights as safetensors in one step, so that a file is never incomplete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, new)
    new.replace(path)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Reads a file that ``save_weights`` wrote."""
    return load_file(path)


def trained_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """Returns the network of a description with the weights in a file, in eval mode."""
    network = spec.build()
    network.load_state_dict(load_weights(path))
    return network.eval()
