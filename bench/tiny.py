"""Tiny finished runs that the benches of damaged and fuzzed files begin with, and the command in a forked process."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from mobilenas.adaptation import WidthSpace
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.search_space import LayerwiseSpace, MoGA, layerwise

CLASSES, IMAGES, SIDE = ("cat", "dog", "frog"), 12, 32
SMALL = (
    "data=image_folder", "hardware=table", "threads=1", "choose=1", "recipe.batch_size=8", "recipe.epochs=2",
    "supernet_recipe.batch_size=8", "supernet_recipe.epochs=2", "scale.fine_tune_steps=2",
)  # fmt: skip
MOGA = ("scale.population=6", "scale.generations=2", "evaluator.random_architectures=3", "search_space.stages=1")
NETADAPT = ("algorithm.divisor=8", "algorithm.target_share=0.9", "algorithm.fine_tuning.batch_size=8")
SLOW_IMPORTS = (
    "mobilenas.cli", "mobilenas.cli.build", "mobilenas.pipeline.loop", "mobilenas.stages.adapting",
    "mobilenas.training.retrain", "mobilenas.training.callbacks", "mobilenas.training.divergence",
    "mobilenas.supernet", "mobilenas.method.fair", "mobilenas.evaluator.supernet", "mobilenas.report.writing",
    "mobilenas.report.exporting", "mobilenas.report.measure", "mobilenas.algorithm.nsga2_search",
)  # fmt: skip


def space() -> LayerwiseSpace:
    """The space of the search."""
    return layerwise(MoGA(width=0.25, stages=1, blocks=2, hidden=0.25, unstrided=2).space(len(CLASSES), SIDE))


def network() -> NetworkSpec:
    """The network that NetAdapt makes smaller."""
    ops = (Conv(8, 3, stride=2), MBConv(16, 3, expanded=24, stride=2), MBConv(16, 3, expanded=24), Classifier(3))
    return NetworkSpec(Shape(3, SIDE, SIDE), ops, name="small")


def write_inputs(folder: Path) -> None:
    """Writes photos whose classes differ in brightness, a network, and a latency table for each preset."""
    for label, name in enumerate(CLASSES):
        (folder / "photos" / name).mkdir(parents=True, exist_ok=True)
        for number in range(IMAGES):
            low = label / len(CLASSES)
            pixels = np.random.default_rng([label, number]).uniform(low, low + 0.8 / len(CLASSES), (SIDE, SIDE, 3))
            Image.fromarray((pixels * 255).astype(np.uint8)).save(folder / "photos" / name / f"{number:02}.png")
    (folder / "network.yaml").write_text(network().to_yaml())
    widths = WidthSpace(network(), 8)
    narrower = [widths.network(one) for one in product(*map(range, widths.options))]
    for name, layers in (("moga", layers_of(space())), ("netadapt", layers_of(widths, narrower))):
        LatencyTable({key: 0.01 + 1e-7 * layer.macs for key, layer in layers.items()}).save(folder / f"{name}.csv")


def arguments(preset: str, folder: Path, outputs: Path) -> tuple[str, ...]:
    """Returns the command line of a whole run that measures nothing, of the preset ``moga`` or ``netadapt``."""
    table, photos = f"hardware.path={folder / preset}.csv", f"data.root={folder / 'photos'}"
    own = MOGA if preset == "moga" else (*NETADAPT, f"network_file={folder / 'network.yaml'}")
    return (f"experiment={preset}", *SMALL, table, photos, f"outputs={outputs}", *own)


def warm() -> None:
    """Imports here what every forked command would import again."""
    for name in SLOW_IMPORTS:
        import_module(name)


def command(
    words: Sequence[str],
    said: Path,
    seconds: float,
    stop: Callable[[], bool] = lambda: False,
    number: signal.Signals = signal.SIGKILL,
) -> int | None:
    """Runs the command in a forked process, its output in the file ``said``.

    Args:
        words: the arguments
        said: path of the file
        seconds: longest time
        stop: whether the moment has come to stop the process
        number: the signal that stops it

    Returns:
        the exit status, below 0 after a signal, or None if it did not end in this time
    """
    child = os.fork()
    if child:
        return _ended(child, seconds, stop, number)
    status = 1
    try:
        with said.open("w") as output:
            os.dup2(output.fileno(), 1), os.dup2(output.fileno(), 2)
        status = _status(words)
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(status)


def _status(words: Sequence[str]) -> int:
    from mobilenas.cli import main

    sys.argv = ["mobilenas", *words]
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _ended(child: int, seconds: float, stop: Callable[[], bool], number: signal.Signals) -> int | None:
    end, stopped = time.monotonic() + seconds, False
    while time.monotonic() < end:
        if (found := os.waitpid(child, os.WNOHANG))[0]:
            return os.waitstatus_to_exitcode(found[1])
        if not stopped and stop():
            os.kill(child, number)
            stopped = True
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
