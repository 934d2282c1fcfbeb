"""The networks that are chosen for training, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mobilenas.evaluation import Evaluation
from mobilenas.files.record import damaged, read_record, write_record
from mobilenas.files.whole import write_text
from mobilenas.network import NetworkSpec
from mobilenas.search_space import SearchSpace


@dataclass(frozen=True)
class Chosen:
    """A network to train, with its evaluation if there was a search."""

    spec: NetworkSpec
    evaluation: Evaluation | None = None

    @property
    def name(self) -> str:
        return self.spec.name


EVALUATIONS = "evaluations.json"


def write_chosen(networks: Sequence[Chosen], folder: Path) -> None:
    """Writes one YAML file for each network, and their evaluations by the search."""
    for one in networks:
        write_text(folder / f"{one.name}.yaml", one.spec.to_yaml())
    write_record(folder / EVALUATIONS, {one.name: one.evaluation for one in networks})


def read_chosen(folder: Path, space: SearchSpace | None = None) -> list[Chosen]:
    """Reads the networks that ``write_chosen`` wrote, by rising latency.

    Args:
        folder: the folder
        space: the search space of the architectures; without it they are not checked

    Raises:
        ValueError: a file is missing, or it is not as it was written
    """
    path = folder / EVALUATIONS
    found: dict[str, Evaluation | None] = read_record(path, dict[str, Evaluation | None])
    _check_architectures([one for one in found.values() if one], space, path)
    if lost := next((name for name in found if not (folder / f"{name}.yaml").is_file()), None):
        raise damaged(path, f"there is no {lost}.yaml beside it")
    networks = [Chosen(read_network(folder / f"{name}.yaml", name), one) for name, one in found.items()]
    return sorted(networks, key=lambda one: one.evaluation.latency_ms if one.evaluation else 0.0)


def read_network(path: Path, name: str | None = None) -> NetworkSpec:
    """Reads the description of a network that a stage wrote; raises ValueError if it cannot be, or has another name."""
    try:
        spec = NetworkSpec.load(path)
        if name not in (None, spec.name):
            raise ValueError(f"it describes {spec.name}")
    except (OSError, ValueError) as error:
        raise damaged(path, str(error).removeprefix(str(path)).lstrip(",: ")) from None
    return spec


def write_evaluations(evaluations: Sequence[Evaluation], path: Path) -> None:
    write_record(path, list(evaluations))


def read_evaluations(path: Path, space: SearchSpace | None = None) -> tuple[Evaluation, ...]:
    """Reads what ``write_evaluations`` wrote.

    Args:
        path: the file
        space: the search space of the architectures; without it they are not checked

    Raises:
        ValueError: it has no evaluation, one that cannot be, or one of another space
    """
    found: tuple[Evaluation, ...] = read_record(path, tuple[Evaluation, ...])
    if not found:
        raise damaged(path, "it has no evaluation")
    _check_architectures(found, space, path)
    return found


def _check_architectures(evaluations: Sequence[Evaluation], space: SearchSpace | None, path: Path) -> None:
    """Raises ValueError if an architecture is not of the space, if there is one."""
    if space is None:
        return
    try:
        for one in evaluations:
            space.check(one.architecture)
    except ValueError as error:
        raise damaged(path, str(error)) from None
