"""The networks that are chosen for training, and their files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mobilenas.evaluation import Evaluation
from mobilenas.network import NetworkSpec


@dataclass(frozen=True)
class Chosen:
    """A network to train, with its evaluation if there was a search."""

    spec: NetworkSpec
    evaluation: Evaluation | None = None

    @property
    def name(self) -> str:
        return self.spec.name


def write_chosen(networks: Sequence[Chosen], folder: Path) -> None:
    """Writes one YAML file for each network, and its evaluation by the search."""
    folder.mkdir(exist_ok=True)
    for one in networks:
        (folder / f"{one.name}.yaml").write_text(one.spec.to_yaml())
    said = {one.name: asdict(one.evaluation) for one in networks if one.evaluation}
    (folder / "evaluations.json").write_text(json.dumps(said, indent=1))


def read_chosen(folder: Path) -> list[Chosen]:
    """Reads the networks that ``write_chosen`` wrote, by rising latency."""
    said = {name: _evaluation(one) for name, one in json.loads((folder / "evaluations.json").read_text()).items()}
    networks = [Chosen(spec, said.get(spec.name)) for spec in map(NetworkSpec.load, sorted(folder.glob("*.yaml")))]
    return sorted(networks, key=lambda one: one.evaluation.latency_ms if one.evaluation else 0.0)


def write_evaluations(evaluations: Sequence[Evaluation], path: Path) -> None:
    path.write_text(json.dumps([asdict(one) for one in evaluations], indent=1))


def read_evaluations(path: Path) -> tuple[Evaluation, ...]:
    return tuple(map(_evaluation, json.loads(path.read_text())))


def _evaluation(content: dict[str, object]) -> Evaluation:
    known = {one.name for one in fields(Evaluation)}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}
    return Evaluation(**{name: value for name, value in values.items() if name in known})  # type: ignore[arg-type]
