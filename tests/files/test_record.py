"""The record of a stage comes back as it was written; everything else is refused with its file and its stage."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mobilenas.evaluation import Evaluation
from mobilenas.files import Artifact
from mobilenas.files.record import LARGEST, read_record, write_record

EVALUATION = Evaluation((3, 0, 11), 0.1 + 0.2, 1 / 3, 300_000_000_000, 5_160_000, measured=True)
KIND = tuple[Evaluation, ...]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    artifact = Artifact(tmp_path / "run" / "search", "a")
    artifact.begin()
    write_record(artifact.folder / "front.json", [EVALUATION])
    return artifact.folder / "front.json"


def test_a_record_comes_back_exactly(path: Path) -> None:
    assert read_record(path, KIND) == (EVALUATION,)


def test_a_number_that_is_not_finite_is_not_written(path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_record(path, [float("nan")])
    assert read_record(path, KIND) == (EVALUATION,)


FIGURES = [
    ("accuracy", 1.5), ("accuracy", -0.1), ("accuracy", "0.5"), ("accuracy", None),
    ("accuracy", float("nan")), ("accuracy", True),
    ("latency_ms", -1.0), ("latency_ms", 1e308), ("latency_ms", float("inf")), ("macs", -1), ("macs", 1.5),
    ("params", [1]), ("architecture", "3,0,11"), ("architecture", [-1]), ("architecture", [0.5]), ("failure", 7),
    ("measured", "yes"), ("foreign", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FIGURES)
def test_a_figure_that_cannot_be_is_named_with_the_file_and_the_stage(name: str, value: object, path: Path) -> None:
    (row,) = json.loads(path.read_text())
    path.write_text(json.dumps([row | {name: value}]))
    with pytest.raises(ValueError, match=rf"front\.json .*{name}.*search, and add search to stages"):
        read_record(path, KIND)


@pytest.mark.parametrize("name", ["architecture", "accuracy", "latency_ms", "macs", "params"])
def test_a_figure_that_is_missing_is_named(name: str, path: Path) -> None:
    (row,) = json.loads(path.read_text())
    path.write_text(json.dumps([{key: value for key, value in row.items() if key != name}]))
    with pytest.raises(ValueError, match=f"it has no 0.{name}"):
        read_record(path, KIND)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "not UTF-8": lambda content: content.replace(b"accuracy", b"\xff\xfe"),
    "nested": lambda content: b"[" * 100_000,
    "a list too deep": lambda content: b"[" * 300 + b"]" * 300,
    "a mapping": lambda content: b"{}",
    "null": lambda content: b"null",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_in_a_sentence(damage: str, path: Path) -> None:
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(ValueError, match=r"front\.json cannot be used: .*; remove the folder .*search"):
        read_record(path, KIND)


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    path.unlink()
    with pytest.raises(ValueError, match=r"front\.json cannot be used: No such file"):
        read_record(path, KIND)


def test_a_file_that_would_swallow_the_memory_is_not_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match="more than 200,000,000"):
        read_record(path, KIND)


def test_a_type_has_one_reader_for_all_files(path: Path) -> None:
    kind: Any = dict[str, Evaluation | None]
    write_record(path, {"a": EVALUATION, "b": None})
    assert read_record(path, kind) == {"a": EVALUATION, "b": None}
