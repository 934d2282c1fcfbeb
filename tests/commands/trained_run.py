"""A run's folder with trained networks, as the stage retrain leaves it; the weights are random."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import write_tensors
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.stages import Chosen
from mobilenas.stages.chosen import write_chosen
from mobilenas.training.weights import about_weights

HALF = Normalization((0.4, 0.5, 0.6), (0.25, 0.5, 0.125))


def small(name: str, classes: int = 2, resolution: int = 8) -> NetworkSpec:
    ops = (Conv(8, kernel=3, stride=2), MBConv(8, kernel=3, expanded=16, residual=True), Classifier(classes))
    return NetworkSpec(Shape(3, resolution, resolution), ops, name=name)


def make_run(folder: Path, specs: Sequence[NetworkSpec], classes: Sequence[str]) -> Path:
    """Writes the stage's folder for networks with weights whose batch norms have statistics too."""
    write_chosen([Chosen(spec) for spec in specs], folder / "retrain" / "chosen")
    (folder / "retrain" / "record.json").write_text(json.dumps({"made_by": "1 epoch"}))
    torch.manual_seed(1)
    for spec in specs:
        module = spec.build()
        module(torch.randn(64, 3, spec.input.height, spec.input.width))  # moves the statistics
        place = folder / "retrain" / spec.name
        write_tensors(place / "weights.safetensors", module.state_dict(), about_weights(spec, HALF, classes))
        (place / "result.json").write_text(json.dumps({"test_accuracy": 0.5, "weights": ""}))
    return folder
