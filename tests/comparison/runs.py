"""Folders as searches leave them, with random evaluations."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import yaml

from mobilenas.evaluation import Evaluation
from mobilenas.files.artifact import Artifact
from mobilenas.files.record import write_record
from mobilenas.hardware import LatencyTable

DEVICE = {"device": "a processor", "engine": "onnxruntime", "version": "1.0", "threads": "1"}


def random_evaluations(seed: int, count: int = 30) -> list[Evaluation]:
    """Random figures; two of them have failed."""
    rng = np.random.default_rng(seed)
    found = [Evaluation((n,), rng.uniform(0.2, 0.9), rng.uniform(1, 9), 10, 20) for n in range(count)]
    return [*found, Evaluation((98,), 0.0, 0.5, 10, 20, "it diverged"), Evaluation((99,), 0.0, 9.5, 10, 20, "so")]


def write_search(
    folder: Path,
    seed: int = 0,
    settings: Mapping[str, object] = {},
    device: Mapping[str, str] = {},
    images: str = "the same",
    supernet: str = "shared",
) -> list[Evaluation]:
    """Writes what a complete search leaves; returns its evaluations."""
    usual = {
        "name": "moga",
        "seed": seed,
        "outputs": str(folder.parent),
        "task": {"_target_": "mobilenas.task.Classification"},
        "data": {"_target_": "mobilenas.data.ImageFolder", "root": "photos", "resolution": 32, "split_seed": 0},
        "algorithm": {"_target_": "mobilenas.algorithm.NSGA2", "population": 6},
        "hardware": {"engine": {"_target_": "mobilenas.engine.OnnxRuntime", "threads": 1}},
    }
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("# mobilenas run, format 3\n" + yaml.safe_dump(usual | dict(settings)))
    told = random_evaluations(seed)
    profile, made, search = (
        Artifact(folder / stage, mark)
        for stage, mark in (("profile", f"{device}"), ("supernet", supernet), ("search", folder.name))
    )
    for artifact in (profile, made, search):
        artifact.begin()
    LatencyTable({"conv": 1.0}, about=DEVICE | dict(device)).save(profile.folder / "latency.csv")
    (made.folder / "supernet.safetensors").write_text(supernet)
    write_record(search.folder / "told.json", [asdict(one) for one in told])
    write_record(search.folder / "front.json", [asdict(told[0])])
    write_record(search.folder / "record.json", {"made_by": "", "scored_by": "", "target_ms": None, "by_reward": False})
    profile.finish({"seconds": 3.0, "images": images})
    made.finish({"seconds": 100.0, "images": images})
    search.finish({"seconds": 10.0, "images": images})
    return told
