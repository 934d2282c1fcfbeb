"""Reads the record of a run by the own reader of each tool."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mobilenas.tracking.history import History
from tests.tracking import wandb_file


@dataclass
class Record:
    """What a tool has of a run."""

    scalars: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    values: dict[str, float] = field(default_factory=dict)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    artifacts: dict[str, list[str]] = field(default_factory=dict)
    """The inputs of each artifact."""


def from_csv(folder: Path) -> Record:
    found = Record()
    for path in folder.rglob("logs/metrics.csv"):
        series = path.parent.parent.relative_to(folder).as_posix()
        for step, figures in History(path).go_on(None):
            for name, value in figures.items():
                found.scalars[f"{series}/{name}"].append((step, value))
    found.values = {name: float(value) for name, value in _rows(folder / "logs" / "values.csv")[1:]}
    tables = folder / "logs" / "tables"
    for path in tables.rglob("*.csv"):
        found.tables[path.relative_to(tables).with_suffix("").as_posix()] = _rows(path)
    found.files = {name for name, _ in _rows(folder / "logs" / "files.csv")[1:]}
    found.artifacts = {name: inputs.split() for name, _, inputs, _ in _rows(folder / "logs" / "artifacts.csv")[1:]}
    return found


def from_wandb(folder: Path) -> Record:
    (file,) = folder.glob("wandb/offline-run-*/*.wandb")
    found = Record()
    for row in wandb_file.rows(file):
        kinds = {name.removesuffix("/_type"): kind for name, kind in row.items() if name.endswith("/_type")}
        media = tuple(f"{name}/" for name in kinds)
        for name in (one for one in row if one.endswith("/step")):
            series = name.removesuffix("step")
            for own in (one for one in row if one.startswith(series) and one != name and not one.startswith(media)):
                found.scalars[own].append((row[name], row[own]))
        for name, kind in kinds.items():
            if kind == "table-file":
                table = json.loads((file.parent / "files" / row[f"{name}/path"]).read_text())
                found.tables[name] = [table["columns"], *([_text(cell) for cell in line] for line in table["data"])]
            else:
                found.files.add(name)
    own = {name: value for name, value in wandb_file.summary(file).items() if isinstance(value, int | float)}
    found.values = {
        name: value for name, value in own.items() if not name.startswith("_") and name not in found.scalars
    }
    found.values = {name: value for name, value in found.values.items() if not name.endswith(("/step", *MEDIA))}
    for one in wandb_file.artifacts(file):
        if not one.use_after_commit:
            assert one.name not in found.artifacts
            found.artifacts[one.name] = json.loads(one.metadata)["inputs"]
    return found


MEDIA = ("/size", "/width", "/height", "/ncols", "/nrows")


def from_tensorboard(folder: Path) -> Record:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0, "tensors": 0, "images": 0})
    reader.Reload()
    found = Record()
    for name in reader.Tags()["scalars"]:
        events = [(one.step, one.value) for one in reader.Scalars(name)]
        if [step for step, _ in events] == [0]:
            found.values[name] = events[0][1]
        else:
            found.scalars[name] = events
    for tag in reader.Tags()["tensors"]:
        (text,) = (one.tensor_proto.string_val[0].decode() for one in reader.Tensors(tag))
        name = tag.removesuffix("/text_summary")
        if text.startswith("|"):
            lines = [line.split("|")[1:-1] for line in text.splitlines()]
            found.tables[name] = [[cell.strip() for cell in line] for line in (lines[0], *lines[2:])]
        elif name.startswith("artifacts/"):
            said = text.splitlines()[0].partition("made from ")[2]
            found.artifacts[name.removeprefix("artifacts/")] = [] if said.startswith("no other") else said.split(", ")
        else:
            found.files.add(name)
    found.files |= set(reader.Tags()["images"])
    return found


def from_mlflow(folder: Path) -> Record:
    from mobilenas.tracking.mlflow_log import client_of

    client = client_of(f"sqlite:///{folder.absolute().parent / 'mlflow.db'}")
    (run,) = client.search_runs([one.experiment_id for one in client.search_experiments()])
    found = Record()
    for name in run.data.metrics:
        events = [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, name)]
        if [step for step, _ in events] == [0]:
            found.values[name] = events[0][1]
        else:
            found.scalars[name] = events
    files = Path(run.info.artifact_uri.removeprefix("file://"))
    for path in files.rglob("*"):
        name = path.relative_to(files).with_suffix("").as_posix()
        if path.name == "artifact.json":
            found.artifacts[path.parent.name] = json.loads(path.read_text())["inputs"]
        elif path.suffix == ".csv" and not name.startswith("artifacts/"):
            found.tables[name] = _rows(path)
        elif path.is_file() and not name.startswith("artifacts/"):
            found.files.add(name)
    return found


READERS = {"csv": from_csv, "wandb": from_wandb, "tensorboard": from_tensorboard, "mlflow": from_mlflow}


def _rows(path: Path) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.reader(file))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
