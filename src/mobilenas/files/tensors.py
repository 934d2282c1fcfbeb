"""Reads and writes tensors as safetensors, and fills modules with them: exactly those that a module has."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from mobilenas.files.whole import replacing

Tensors = dict[str, Tensor]

_ABOUT = "mobilenas"  # holds all texts, because safetensors writes several in another order in each process


def write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str] = {}) -> None:
    """Writes tensors and texts by name, whole or not at all; raises FloatingPointError if a number is not finite."""
    if wrong := not_finite(tensors):
        raise FloatingPointError(f"{path} is not written, because {wrong}: the training has diverged.")
    kept = {name: one.detach().cpu().contiguous() for name, one in tensors.items()}
    with replacing(path) as new:
        try:
            save_file(kept, new, {_ABOUT: json.dumps(dict(about))} if about else None)
        except SafetensorError as error:  # of a full disk, for example
            raise OSError(f"{path} cannot be written: {error}.") from None


def read_about(path: Path) -> dict[str, str]:
    """Returns the texts that ``write_tensors`` or another program wrote beside the tensors.

    Raises:
        ValueError: it is missing, no safetensors file, or the texts are damaged
    """
    with _opened(path) as file:
        texts = dict(file.metadata() or {})
    if _ABOUT not in texts:
        return texts
    try:
        found = json.loads(texts[_ABOUT])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ValueError(f"{path} cannot be used: the texts beside its tensors are damaged.")
    return found


def read_tensors(path: Path) -> Tensors:
    """Returns the tensors of a file.

    Raises:
        ValueError: it is missing, no safetensors file, or a number in it is not finite
    """
    with _opened(path) as file:
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
    if wrong := not_finite(tensors):
        raise ValueError(f"{path} cannot be used: {wrong}.")
    return tensors


def tensors_fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """Returns a short hash of the names, the shapes and the numbers of tensors."""
    content = hashlib.sha256()
    for name, tensor in tensors.items():
        content.update(f"{name} {tuple(tensor.shape)} ".encode() + tensor.contiguous().numpy().tobytes())
    return content.hexdigest()[:16]


def fill(module: nn.Module, tensors: Mapping[str, Tensor], origin: Path | str) -> None:
    """Copies tensors into a module.

    Args:
        module: has these tensors in its state
        tensors: the tensors by name
        origin: names them in errors

    Raises:
        ValueError: a tensor is missing, the module has none of that name, or one of another shape or type
    """
    if wrong := misfit(module.state_dict(), tensors):
        raise ValueError(f"{origin} holds the weights of another network: {wrong}.")
    module.load_state_dict(dict(tensors))


def not_finite(tensors: Mapping[str, Tensor]) -> str:
    """Says which tensor has a number that is not finite; empty if none has."""
    floats = ((name, one.float()) for name, one in tensors.items() if one.is_floating_point())
    wrong = next((name for name, one in floats if not torch.isfinite(one).all()), "")
    return wrong and f"{wrong} has a number that is not finite"


def misfit(wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """Returns the first difference between two sets of tensors in name, shape or type; empty if there is none."""
    if missing := next((name for name in wanted if name not in found), ""):
        return f"it has no {missing}"
    if foreign := next((name for name in found if name not in wanted), ""):
        return f"it has {foreign}, which the network has not"
    pairs = ((name, _in_words(one), _in_words(found[name])) for name, one in wanted.items())
    return next((f"{name} is {has}, and must be {must}" for name, must, has in pairs if must != has), "")


def _in_words(value: object) -> str:
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}"
    shape = " x ".join(map(str, value.shape)) or "one number"
    return f"{shape} of {str(value.dtype).removeprefix('torch.')}"


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Opens a safetensors file; what is wrong with it is a ValueError that names the file."""
    try:
        with safe_open(path, "pt") as file:
            yield file
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (SafetensorError, RuntimeError, TypeError, KeyError) as error:  # the last ones: an unknown type of numbers
        raise ValueError(f"{path} holds no whole safetensors weights: {error}.") from None
