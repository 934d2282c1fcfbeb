"""The weights of a trained network, and what is written beside them so that they can be used elsewhere."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import nn

from mobilenas.data.marks import NO_MARKS, Marks, in_text, marks_in
from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import fill, read_about, read_tensors
from mobilenas.network import NetworkSpec

WEIGHTS = "weights.safetensors"

IGNORED = "ignored"
"""The name of the text beside a segmenter's weights that has the labels which its training ignored."""

TRAINED_ON = "trained_on"
"""The name of the text beside weights that has the marks of their training images."""


def about_weights(
    spec: NetworkSpec,
    normalization: Normalization,
    classes: Sequence[str],
    trained_on: Marks = NO_MARKS,
    ignored: Sequence[int] | None = None,
) -> dict[str, str]:
    """Returns the texts beside weights.

    Args:
        spec: the network, written as YAML
        normalization: how its images were normalized: six numbers as JSON
        classes: the names of its classes in the order of its outputs, as JSON
        trained_on: the marks of the images that have trained the weights
        ignored: labels of mask pixels that did not count, as JSON; None without masks
    """
    return {
        "network": spec.to_yaml(),
        "normalization": json.dumps(normalization.six),
        "classes": json.dumps(list(classes)),
        TRAINED_ON: in_text(trained_on),
    } | ({} if ignored is None else {IGNORED: json.dumps(list(ignored))})


def trained_on(about: Mapping[str, str], path: Path) -> Marks:
    """Returns the marks of the images that have trained weights, from the texts beside them; none if they have none.

    Raises:
        ValueError: the marks are damaged; the error names the file
    """
    try:
        return marks_in(about.get(TRAINED_ON, ""))
    except ValueError as error:
        raise ValueError(f"{path} cannot be used: {error}.") from None


def ignored_labels(about: Mapping[str, str], path: Path) -> tuple[int, ...] | None:
    """Returns the labels that a segmenter's training ignored, from the texts beside its weights; None without them.

    Raises:
        ValueError: they are damaged; the error names the file
    """
    try:
        return tuple(map(int, json.loads(about[IGNORED]))) if IGNORED in about else None
    except (ValueError, TypeError):
        raise ValueError(f"{path} cannot be used: {IGNORED} in its metadata must be a list of labels.") from None


def marks_of_file(path: Path) -> Marks:
    """Returns the marks of the images that have trained the weights in a file; raises ValueError as ``read_about``."""
    return trained_on(read_about(path), path)


def trained_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """Returns the network of a description with the weights in a file, in eval mode.

    Raises:
        ValueError: the file cannot be read, or it holds the weights of another network
    """
    network = spec.build()
    fill(network, read_tensors(path), path)
    return network.eval()
