"""Reads what W&B has written offline, from the records of its file, as its own program does that sends them."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record

BLOCK, HEAD = 32768, struct.Struct("<IHB")  # LevelDB's log format: checksum, length, and kind of each chunk
WHOLE, LAST = 1, 4


def records(file: Path) -> Iterator[Any]:
    """The records, in order."""
    data, place, parts = file.read_bytes(), 7, b""
    while place + HEAD.size <= len(data):
        if BLOCK - place % BLOCK < HEAD.size:
            place += BLOCK - place % BLOCK
            continue
        _, length, kind = HEAD.unpack_from(data, place)
        parts += data[place + HEAD.size : place + HEAD.size + length]
        place += HEAD.size + length
        if kind in (WHOLE, LAST):
            yield Record.FromString(parts)
            parts = b""


def rows(file: Path) -> list[dict[str, Any]]:
    """The rows of the history."""
    found = [one.history.item for one in records(file) if one.WhichOneof("record_type") == "history"]
    return [{_name(item): json.loads(item.value_json) for item in row} for row in found]


def _name(item: Any) -> str:
    return "/".join(item.nested_key) or str(item.key)


def config(file: Path) -> dict[str, Any]:
    """The settings with which the run began."""
    (run,) = [one.run for one in records(file) if one.WhichOneof("record_type") == "run"]
    return {item.key: json.loads(item.value_json) for item in run.config.update}


def summary(file: Path) -> dict[str, Any]:
    """The figures that the run has once, and the last ones of its history."""
    found = [one.summary.update for one in records(file) if one.WhichOneof("record_type") == "summary"]
    return {_name(item): json.loads(item.value_json) for updates in found for item in updates}


def artifacts(file: Path) -> list[Any]:
    """The artifacts that the run has made or used, in order, without those that W&B makes of tables."""
    found = [one.artifact for one in records(file) if one.WhichOneof("record_type") == "artifact"]
    return [one for one in found if one.type != "run_table"]


def step_metrics(file: Path) -> dict[str, str]:
    """The step metric of each group of figures, by the group's pattern."""
    found = [one.metric for one in records(file) if one.WhichOneof("record_type") == "metric"]
    return {one.glob_name: one.step_metric for one in found if one.glob_name}


def ids(file: Path) -> set[str]:
    """The ids that the file names."""
    return {one.run.run_id for one in records(file) if one.WhichOneof("record_type") == "run"}
