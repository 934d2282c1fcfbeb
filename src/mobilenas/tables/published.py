"""The values that the five papers print about networks and search spaces that are here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mobilenas.ops.construct import construct
from mobilenas.tables.tasks import PrintedTask

FILE = Path(__file__).with_name("published.yaml")


@dataclass(frozen=True)
class PrintedNetwork:
    """A row of a table: the network that it means, and its printed counts.

    Args:
        name: the printed name
        network: name of the network in ``conf/network``
        params_m: millions of parameters, if they are printed
        macs_m: millions of multiply-adds
        width: multiplies the network's channels
        resolution: side of the image in pixels, for classification
        task: what makes it a network for detection or segmentation
        notes: names of notes about disagreements
    """

    name: str
    network: str
    params_m: float | None
    macs_m: float
    width: float = 1.0
    resolution: int = 224
    task: PrintedTask | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrintedQuantity:
    """A number of the text; ``quantity`` is the name of the function in ``QUANTITIES`` that computes it here."""

    name: str
    quantity: str
    value: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrintedTable:
    """A table of a paper, or a section that prints numbers; ``absent`` names rows whose networks are not here."""

    paper: str
    table: str
    about: str
    networks: tuple[PrintedNetwork, ...] = ()
    quantities: tuple[PrintedQuantity, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """All tables, the notes by name, and sentences about tables that are left out."""

    tables: tuple[PrintedTable, ...]
    notes: Mapping[str, str]
    left_out: tuple[str, ...]


def load_published() -> Published:
    """Reads ``published.yaml`` beside this file."""
    content = yaml.safe_load(FILE.read_text("utf-8"))
    return Published(tuple(map(_table, content["tables"])), content["notes"], tuple(content["left_out"]))


def _table(fields: Mapping[str, Any]) -> PrintedTable:
    own = dict(fields)
    task, notes = own.pop("task", {}), own.pop("notes", [])
    networks = tuple(_network(row, task, notes) for row in fields.get("networks", ()))
    quantities = tuple(construct(PrintedQuantity, "quantity", _with_notes(row)) for row in fields.get("quantities", ()))
    absent = tuple(fields.get("absent", ()))
    return construct(PrintedTable, "table", {**own, "networks": networks, "quantities": quantities, "absent": absent})


def _network(row: Mapping[str, Any], task: Mapping[str, Any], notes: Sequence[str]) -> PrintedNetwork:
    """Returns a row; the task and the notes of its table hold for it, too."""
    both = {**task, **row.get("task", {})}
    row = {**row, "task": PrintedTask.parse(both) if both else None, "notes": (*notes, *row.get("notes", ()))}
    return construct(PrintedNetwork, "network", row)


def _with_notes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "notes": tuple(row.get("notes", ()))}
