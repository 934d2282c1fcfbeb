"""The weights of a trained network, and what is written beside them so that they can be used elsewhere."""

import json
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import fill, read_tensors
from mobilenas.network import NetworkSpec

WEIGHTS = "weights.safetensors"


def about_weights(spec: NetworkSpec, normalization: Normalization, classes: Sequence[str]) -> dict[str, str]:
    """Returns the texts beside weights: the network as YAML, and as JSON six numbers and the names of the classes."""
    return {
        "network": spec.to_yaml(),
        "normalization": json.dumps(normalization.six),
        "classes": json.dumps(list(classes)),
    }


def trained_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """Returns the network of a description with the weights in a file, in eval mode.

    Raises:
        ValueError: the file cannot be read, or it holds the weights of another network
    """
    network = spec.build()
    fill(network, read_tensors(path), path)
    return network.eval()
