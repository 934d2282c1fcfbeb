"""Finds the networks that a command's argument means: by name, in a YAML file, or in a run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mobilenas.files.paths import path_of
from mobilenas.files.tensors import read_about
from mobilenas.network import NetworkSpec, load_network, network_names
from mobilenas.training.weights import WEIGHTS


@dataclass(frozen=True)
class FoundNetwork:
    """A network, and the file of its weights if a run has trained it."""

    spec: NetworkSpec
    weights: Path | None = None


def networks_of(text: str) -> list[FoundNetwork]:
    """Returns the network of a name or of a YAML file, or all trained networks of a run.

    Raises:
        ValueError: there is none, or a file of it cannot be read
    """
    folder = path_of(text)
    if text in network_names() or not folder.is_dir():
        return [FoundNetwork(load_network(text))]
    if (folder / WEIGHTS).is_file():
        return [FoundNetwork(_described(folder), folder / WEIGHTS)]
    return _trained(folder)


def network_of(text: str) -> FoundNetwork:
    """Returns the only network that an argument means; raises ValueError as ``networks_of`` does, or for several."""
    found = networks_of(text)
    if len(found) > 1:
        folders = ", ".join(str(one.weights.parent) for one in found if one.weights)
        raise ValueError(f"{text} has {len(found)} trained networks: choose one of the folders {folders}.")
    return found[0]


def _trained(folder: Path) -> list[FoundNetwork]:
    from mobilenas.stages import RetrainRecord

    if not (folder / "retrain").is_dir():
        raise ValueError(
            f"{folder} is no folder of a run with trained networks, which are in its folder retrain: give the folder"
            " of a run, a YAML file, or a name in conf/network."
        )
    found = [FoundNetwork(one.spec, one.weights) for one in RetrainRecord.load(folder / "retrain").networks]
    if not found:
        raise ValueError(f"{folder / 'retrain'} has no trained network: run its stage retrain.")
    return found


def _described(folder: Path) -> NetworkSpec:
    """Returns the description of the network in the folder of its training."""
    places = (folder.parent / "chosen" / f"{folder.resolve().name}.yaml", folder / "network.yaml")
    place = next((one for one in places if one.is_file()), None)
    text = read_about(folder / WEIGHTS).get("network")
    if text is not None:
        return NetworkSpec.from_yaml(text, f"the network in {folder / WEIGHTS}")
    if place is None:
        raise ValueError(f"There is no description of the network in {folder}, at {places[0]}: give its YAML file.")
    return load_network(str(place))
