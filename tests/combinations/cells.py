"""All combinations of the parts of a run, and the command that asks for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType

from mobilenas.cli.composing import composed
from mobilenas.pipeline import Settings
from mobilenas.settings.packages import conf_files
from tests.shapes_on_disk import NETWORK, coco, masks

UNNAMED = "-"
"""The command does not name this part."""

AXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "method": (UNNAMED, *conf_files("method")),
        "search_space": (UNNAMED, *conf_files("search_space")),
        "algorithm": tuple(conf_files("algorithm")),
        "evaluator": tuple(conf_files("evaluator")),
        "hardware": tuple(conf_files("hardware")),
        "task": tuple(conf_files("task")),
    }
)

COMMON = ("scale=laptop", "scale.unstrided=0")
"""What every command gives: at a stride of 1 the first layers leave no map that a detector or a segmenter reads."""

COMPANIONS = MappingProxyType(
    {
        "search_space=around": ("network_file=mine.yaml",),
        "algorithm=ppo": ("objective=latency_reward",),
        "algorithm=regularized_evolution": ("objective=latency_reward",),
        "algorithm=netadapt": ("network_file=mine.yaml", "stages=[profile,seed,adapt,retrain,report]"),
        "evaluator=proxy_task": ("stages=[profile,search,retrain,report]",),
        "hardware=table": ("hardware.path=phone.csv",),
        "hardware=networks": ("hardware.path=networks.csv",),
        "hardware=android": ("hardware.engine.binary=benchmark_model",),
        "task=detection": ("data=coco", "data.root=cells", "data.resolution=[48,64]"),
        "task=segmentation": ("data=masks", "data.root=streets", "data.resolution=[48,64]"),
    }
)
"""What the command gives with a part, because the part always needs it."""

Cell = tuple[str, ...]
"""One value of each axis."""


def cells() -> Iterator[Cell]:
    """Yields all of them."""
    return product(*AXES.values())


def parts_of(cell: Cell) -> list[str]:
    """Returns the overrides that choose the parts of a cell."""
    return [f"{axis}={value}" for axis, value in zip(AXES, cell, strict=True) if value != UNNAMED]


def command(cell: Cell) -> list[str]:
    """Returns the overrides of a cell as a user writes them, with what its parts need."""
    given = dict.fromkeys(one for part in parts_of(cell) for one in (part, *COMPANIONS.get(part, ())))
    stages = [one for one in given if one.startswith("stages=")]
    return [one for one in given if one not in stages[1:]]


def settings_of(cell: Cell) -> Settings:
    """Returns the settings of a cell, without composing them again for each cell."""
    changes: dict[str, object] = {}
    for part in reversed(parts_of(cell)):  # the first of several stages stays, as in ``command``
        changes |= _changes(part)
    return replace(_composed(), **changes)  # type: ignore[arg-type]


def write_files(place: Path) -> None:
    """Writes what the commands name: a network, images, and files of devices that are not read before a run."""
    coco(place / "cells", train=24, val=9, test=10)
    masks(place / "streets", train=24, val=9, test=10)
    (place / "mine.yaml").write_text(NETWORK)
    (place / "phone.csv").write_text("layer,latency_ms\nskip,0.0\n")
    (place / "networks.csv").write_text("architecture,phone\n0,1.0\n")
    (place / "benchmark_model").write_text("a program")


@cache
def _composed(*overrides: str) -> Settings:
    return composed(*COMMON, "trainer.accelerator=cpu", *overrides)


@cache
def _changes(part: str) -> Mapping[str, object]:
    """The settings that a part and what it needs change."""
    found = _composed(part, *COMPANIONS.get(part, ()))
    values = {one.name: getattr(found, one.name) for one in fields(found)}
    return {name: value for name, value in values.items() if value != getattr(_composed(), name)}
