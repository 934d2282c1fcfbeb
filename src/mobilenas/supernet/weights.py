"""Reads and writes a supernet's weights in a safetensors file, which names their search space."""

from pathlib import Path

from mobilenas.data.marks import NO_MARKS, Marks, in_text
from mobilenas.files.tensors import fill, read_about, read_tensors, write_tensors
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet.supernet import Supernet
from mobilenas.training.weights import TRAINED_ON


def save_supernet(supernet: Supernet, path: Path, trained_on: Marks = NO_MARKS) -> None:
    """Writes all weights and batch-norm statistics.

    Args:
        supernet: the supernet
        path: the file
        trained_on: the marks of the images that have trained it
    """
    space = supernet.space
    about = {"space": space.name, "fingerprint": space.fingerprint, TRAINED_ON: in_text(trained_on)}
    write_tensors(path, supernet.state_dict(), about)


def load_supernet(space: LayerwiseSpace, path: Path) -> Supernet:
    """Returns the supernet of ``space`` with the weights in a file.

    Raises:
        ValueError: the file is missing, is not a safetensors file, or belongs to another space
    """
    check_supernet(space, path)
    supernet = Supernet(space)
    fill(supernet, read_tensors(path), path)
    return supernet


def check_supernet(space: LayerwiseSpace, path: Path) -> None:
    """Raises ValueError unless a file says that it holds the weights of a space's supernet."""
    about = read_about(path)
    if about.get("fingerprint") != space.fingerprint:
        raise ValueError(
            f"{path} was trained for another search space ({about.get('space', 'unknown')} "
            f"{about.get('fingerprint', '')}) than {space.name} {space.fingerprint}: use the settings that it was "
            "trained with, or train a supernet for this search space."
        )
