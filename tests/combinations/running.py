"""Runs a combination at a tiny size; a device or a package that is not here is replaced by a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import PropertyMock, patch

import numpy as np

from mobilenas.adaptation import WidthSpace
from mobilenas.cli.composing import composed
from mobilenas.network.layer import Layer
from mobilenas.ops import Shape
from mobilenas.pipeline import Plan, plan, run
from mobilenas.search_space import SearchSpace
from mobilenas.timing.rounds import TimedRun
from tests.combinations.cells import COMMON, Cell, command, parts_of
from tests.combinations.decisions import ABOUT, ENGINES

TINY = (
    *("scale.stages=2", "scale.blocks=1", "scale.tree_channels=16", "scale.hidden=0.0625", "scale.visit_ms=0.5"),
    *("scale.fair_epochs=2", "scale.gumbel_epochs=2", "scale.path_epochs=2", "scale.epochs=1", "scale.choose=1"),
    *("scale.population=4", "scale.generations=1", "scale.samples=4", "scale.trials=4", "scale.trial_batch=2"),
    *("scale.evolution_population=2", "scale.evolution_sample=1", "scale.proxy_epochs=1", "scale.fine_tune_steps=2"),
    *("scale.least_steps=0", "scale.rounds=2", "scale.measured_networks=30", "scale.calibration_images=32"),
    *("scale.random_architectures=2", "scale.warmup_epochs=0", "scale.proxy_warmup_epochs=0", "choose=1"),
    *("recipe.least_steps=0", "recipe.calibration_images=32", "supernet_recipe.least_steps=0", "threads=1"),
    *("outputs=outputs", "trainer.accelerator=cpu"),
)
MEASURED = ("hardware.fit_networks=2", "hardware.validation_networks=2", "hardware.timing.rounds=2")
OF_HEADS = (  # three stages have the maps that a head reads, and many kinds of layers, which a predictor must have seen
    *("recipe.batch_size=8", "recipe.epochs=1", "scale.stages=3", "scale.measured_networks=120"),
)
TINY_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{f"hardware={one}": MEASURED for one in ("cpu", "cuda", "executorch", "litert", "ncnn", "openvino")},
        "hardware=android": (*MEASURED, "hardware.timing.rest_s=0.0"),
        "evaluator=ranking": ("evaluator.ranking.networks=2",),
        "algorithm=netadapt": ("algorithm.target_share=0.9", "algorithm.divisor=8", "algorithm.delta=0.1"),
        "task=detection": ("task.extras=[16,16]", "task.anchors=[3,6,6,6]", *OF_HEADS),
        "task=segmentation": ("task.filters=16", *OF_HEADS),
    }
)


def run_cell(cell: Cell, folder: Path) -> Path:
    """Runs a cell whose files are in a folder, which is the working directory, and returns the folder of the run."""
    asked = command(cell)
    tiny = (*TINY, *(one for part in parts_of(cell) for one in TINY_PARTS.get(part, ())))
    settings = composed(*COMMON, *asked, *tiny)
    with replaced_devices():
        space = _planned(settings, asked).space
        _write_table(space, folder / "phone.csv")
        _write_networks(space, folder / "networks.csv")
        made = _planned(settings, asked)
        run(made)
    return made.run.folder


def _planned(settings: Any, asked: list[str]) -> Plan:
    return plan(replace(settings, fresh=True), "seed: 0\n", asked)


@contextmanager
def replaced_devices() -> Iterator[None]:
    """Within it the engines tell times that follow from the weights of a module; those that can run here also run it.

    A few short rounds on a busy machine would now and then make a predictor that tells negative times.
    """
    with ExitStack() as stack:
        for engine in ENGINES:
            if _runs_here(engine):
                stack.enter_context(patch.object(engine, "prepare", _told_of(engine.prepare)))
            else:
                own = {"about": PropertyMock(return_value=ABOUT), "prepare": _prepare, "breakdown": _breakdown}
                for name, stand_in in own.items():
                    stack.enter_context(patch.object(engine, name, stand_in))
                stack.enter_context(patch.object(engine, "moment", PropertyMock(return_value={})))
        yield


def _runs_here(engine: Any) -> bool:
    from mobilenas.engine import Android, Cuda

    if engine is Android:
        return False
    try:
        return bool(Cuda(1).about if engine is Cuda else engine(1, 1).about)
    except ValueError:
        return False


def _prepare(self: object, module: Any, input: Shape) -> TimedRun:
    time_ms = 0.01 + 1e-6 * sum(one.numel() for one in module.parameters())
    return lambda: time_ms


def _told_of(prepare: Callable[..., TimedRun]) -> Callable[..., TimedRun]:
    """Returns a way to prepare a module that runs it once, by an engine's own way, and tells times as ``_prepare``."""

    def prepared(self: object, module: Any, input: Shape) -> TimedRun:
        assert prepare(self, module, input)() > 0
        return _prepare(self, module, input)

    return prepared


def _breakdown(self: object, network: object) -> dict[str, float]:
    return {"convolution": 1.0}


def _write_table(space: SearchSpace, path: Path) -> None:
    """Writes what each layer takes."""
    pieces: list[Layer] = list(space.pieces)
    if isinstance(space, WidthSpace):
        most = max(space.options)
        for first, second in np.ndindex(most, most):
            options = [min(second if n % 2 else first, count - 1) for n, count in enumerate(space.options)]
            pieces += space.network(options).pieces
    for architecture in space.sample(1000 if isinstance(space, WidthSpace) else 300, np.random.default_rng(0)).tolist():
        pieces += space.network(architecture).pieces
    rows = {one.key: 0.001 + one.macs / 1e7 for one in pieces}
    path.write_text("layer,latency_ms\n" + "".join(f"{key},{ms!r}\n" for key, ms in rows.items()))


def _write_networks(space: SearchSpace, path: Path) -> None:
    """Writes what networks of the space take."""
    lines = ["architecture,phone"]
    for architecture in space.sample(40, np.random.default_rng(0)).tolist():
        lines.append(f"{' '.join(map(str, architecture))},{0.01 + space.network(architecture).macs / 1e7!r}")
    path.write_text("\n".join(dict.fromkeys(lines)) + "\n")
