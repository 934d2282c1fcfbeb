"""A tiny run of each preset of conf/experiment, with latencies computed from the number of weights.

``python -m bench.presets`` runs each of them once and prints its seconds.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import PropertyMock, patch

import torch
from torch import nn

from bench import tiny
from mobilenas.engine import OnnxRuntime
from mobilenas.files.tensors import write_tensors
from mobilenas.network import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings.packages import conf_files
from mobilenas.timing.rounds import TimedRun
from tests.combinations.running import MEASURED, TINY
from tests.shapes_on_disk import NETWORK, coco, masks

DIGITS = ("data=digits", "data.resolution=16")
PUBLISHED = ("network_width=0.25", "data.resolution=32")
GIVEN = ("network_file=mine.yaml", "weights=mine.safetensors")
HEADS = {
    "detection": ("data.root=cells", "data.resolution=[48,64]", "task.extras=[16,16]", "task.anchors=[3,6,6,6]"),
    "segmentation": ("data.root=streets", "data.resolution=[48,64]", "task.filters=16"),
}
AROUND = ("search_space.kernels=[3,5]", "search_space.expansions=[1]", "search_space.skips=true")
NETADAPT = ("algorithm.target_share=0.9", "algorithm.divisor=8", "algorithm.delta=0.1")
OWN: Mapping[str, tuple[str, ...]] = {
    "around": (*DIGITS, *GIVEN, *AROUND),
    "fine_tune": (*DIGITS, *GIVEN),
    **{task: (*GIVEN, *HEADS[task]) for task in HEADS},
    **{f"around_{task}": (*GIVEN, *AROUND, *HEADS[task]) for task in HEADS},
    "netadapt": (*DIGITS, "network_file=mine.yaml", *NETADAPT),
    "mobilenetv3_large_search": (*PUBLISHED, "algorithm.target_share=0.95", "algorithm.delta=0.1"),
}
FEW = ("recipe.batch_size=64", "recipe.epochs=2", "checkpoint_minutes=0.01")
SHORT = ("trainer.limit_train_batches=4",)
LARGE = ("supernet_recipe.batch_size=256",)  # FBNet's method trains the architecture in the last batches of an epoch
TRIALS = ("algorithm.population=4", "algorithm.generations=1")
MOMENT = datetime(2026, 1, 1)
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "mnasnet executor.processes=2": ("experiment=mnasnet", "executor.processes=2"),
    "mnasnet executor=ray": ("experiment=mnasnet", "executor=ray"),
    "moga executor.processes=2": ("experiment=moga", "executor.processes=2"),
    "moga trainer=ray": ("experiment=moga", "trainer=ray"),
}


def names() -> list[str]:
    """The names of all presets, and of some of them with another executor or trainer."""
    return [*sorted(conf_files("experiment")), *VARIANTS]


def arguments(name: str, outputs: Path) -> tuple[str, ...]:
    """The command line of a preset; the files of the inputs are in the working directory."""
    preset = name.partition(" ")[0]
    chosen = VARIANTS.get(name, (f"experiment={preset}",))
    named = next((one for one in HEADS if preset.endswith(one)), "")
    population = TRIALS if preset.startswith("around_") else ()
    own = OWN.get(preset, PUBLISHED if "override /network:" in conf_files("experiment")[preset].read_text() else DIGITS)
    short = LARGE if preset.startswith("fbnet") else SHORT
    heads = ("recipe.batch_size=8", "recipe.epochs=1") if named else ()
    return (*chosen, "scale=laptop", *TINY, *MEASURED, *FEW, *short, *own, *heads, *population, f"outputs={outputs}")


def write_inputs(folder: Path) -> None:
    """Write a small network, its weights, and images with boxes and with masks."""
    folder.mkdir(parents=True, exist_ok=True)
    coco(folder / "cells", train=24, val=9, test=10)
    masks(folder / "streets", train=24, val=9, test=10)
    (folder / "mine.yaml").write_text(NETWORK)
    torch.manual_seed(0)
    write_tensors(folder / "mine.safetensors", NetworkSpec.from_yaml(NETWORK).build().state_dict())


@contextmanager
def given_latencies() -> Iterator[None]:
    """Within the block all times are fixed; ONNX Runtime's are computed from the number of weights of a module."""

    def prepare(self: OnnxRuntime, module: nn.Module, input: Shape) -> TimedRun:
        time_ms = 0.01 + 1e-6 * sum(one.numel() for one in module.parameters())
        return lambda: time_ms

    about = {"engine": "stand-in", "version": "0", "device": "stand-in", "precision": "fp32", "batch": "1"}
    with ExitStack() as stack:
        for name, stand_in in (("about", about), ("moment", {})):
            stack.enter_context(patch.object(OnnxRuntime, name, PropertyMock(return_value=stand_in)))
        stack.enter_context(patch.object(OnnxRuntime, "prepare", prepare))
        stack.enter_context(patch("mobilenas.hardware.local.datetime", now=lambda: MOMENT))
        stack.enter_context(patch("mobilenas.pipeline.loop.seconds_of", return_value=1.0))
        stack.enter_context(patch.object(OnnxRuntime, "breakdown", lambda self, network: {"convolution": 1.0}))
        yield


def main(*chosen: str) -> None:
    tiny.warm()
    with TemporaryDirectory() as place, given_latencies():
        write_inputs(Path(place))
        os.chdir(place)
        for name in chosen or names():
            begun = time.monotonic()
            status = tiny.command(arguments(name, Path("outputs")), Path("said.txt"), 600)
            sys.stdout.write(f"{name:32} status {status}, {time.monotonic() - begun:.1f} s\n")
            if status:
                sys.stdout.write(Path("said.txt").read_text()[-1500:])
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
