"""The weights of a trained network."""

from pathlib import Path

from torch import nn

from mobilenas.files.tensors import fill, read_tensors
from mobilenas.network import NetworkSpec

WEIGHTS = "weights.safetensors"


def trained_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """Returns the network of a description with the weights in a file, in eval mode.

    Raises:
        ValueError: the file cannot be read, or it holds the weights of another network
    """
    network = spec.build()
    fill(network, read_tensors(path), path)
    return network.eval()
