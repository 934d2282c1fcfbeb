"""Reads and writes a supernet's weights in a safetensors file, which names their search space."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet.supernet import Supernet


def save_supernet(supernet: Supernet, path: Path) -> None:
    """Writes all weights and batch-norm statistics."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in supernet.state_dict().items()}
    save_file(tensors, path, {"space": supernet.space.name, "fingerprint": supernet.space.fingerprint})


def load_supernet(space: LayerwiseSpace, path: Path) -> Supernet:
    """Returns the supernet of ``space`` with the weights in a file.

    Raises:
        ValueError: the file is missing, is not a safetensors file, or belongs to another space
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} holds no supernet weights: {error}.") from None
    if metadata.get("fingerprint") != space.fingerprint:
        raise ValueError(
            f"{path} was trained for another search space ({metadata.get('space', 'unknown')} "
            f"{metadata.get('fingerprint', '')}) than {space.name} {space.fingerprint}: use the settings that it was "
            "trained with, or train a supernet for this search space."
        )
    supernet = Supernet(space)
    supernet.load_state_dict(load_file(path))
    return supernet
