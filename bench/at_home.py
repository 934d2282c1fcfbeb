"""Whether a network that was searched for one engine is the better one there.

``python -m bench.at_home NETWORKS OVERRIDES -- DEVICE -- DEVICE ...``: the overrides of a run, and those of each
device; for example ``12 experiment=around data.root=flowers -- hardware=cpu -- hardware=litert``. The searches are
made first if they are not complete; those with the same supernet share it. Some networks of each search's front, at
equal distances, are measured as a whole on every device, all in turns. Prints for each device, and for latencies that
all fronts reach, the highest accuracy of each search's networks within that latency, and the mean over these
latencies. The accuracy is the score of the search, by the same supernet.
"""

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.cli.composing import composed
from mobilenas.hardware import MeasuredHardware
from mobilenas.network import NetworkSpec
from mobilenas.pipeline import plan, run
from mobilenas.stages import SearchRecord
from mobilenas.timing.repeated import repeated_ms

TARGETS, STEPS = 5, 101  # latencies that are printed, and that the mean is of


def main(count: int, groups: Sequence[Sequence[str]]) -> None:
    """Print a table for each device."""
    common, *devices = groups
    specs, top1, whose, engines = list[NetworkSpec](), list[float](), list[int](), []
    for place, device in enumerate(devices):
        overrides = [*common, *device, "stages=[profile,parent,supernet,search]"]
        settings = composed(*overrides)
        made = plan(settings, "", overrides)
        run(made)
        chosen = SearchRecord.load(made.run.folder / "search", made.space).chosen(made.space, count)
        specs += [one.spec for one in chosen]
        whose += [place] * len(chosen)
        top1 += [one.evaluation.accuracy for one in chosen if one.evaluation]
        assert isinstance(settings.hardware, MeasuredHardware)
        engines.append(settings.hardware)
    for device, times_ms in zip(devices, measured_ms(specs, engines), strict=True):
        _show(device, devices, times_ms, np.array(top1), np.array(whose))


def measured_ms(specs: Sequence[NetworkSpec], devices: Sequence[MeasuredHardware]) -> NDArray[np.float64]:
    """Returns the milliseconds of each network on each device, ``(devices, networks)``."""
    modules = [spec.build().eval() for spec in specs]
    pairs = [*zip(specs, modules, strict=True)]
    runs = [one.engine.prepare(module, spec.input) for one in devices for spec, module in pairs]
    times_ms = repeated_ms(runs, devices[0].timing, np.random.default_rng(0))
    return times_ms.mean(axis=0).reshape(len(devices), len(specs))


def _show(
    device: Sequence[str],
    devices: Sequence[Sequence[str]],
    times_ms: NDArray[np.float64],
    top1: NDArray[np.float64],
    whose: NDArray[np.int64],
) -> None:
    own = [times_ms[whose == place] for place in range(len(devices))]
    ends = max(one.min() for one in own), min(one.max() for one in own)
    targets = ", ".join(f"{ms:.2f}" for ms in np.linspace(*ends, TARGETS))
    sys.stdout.write(f"measured on {' '.join(device)}, within {targets} ms\n")
    for place, searched in enumerate(devices):
        best = [top1[(whose == place) & (times_ms <= ms)].max() for ms in np.linspace(*ends, STEPS)]
        cells = " ".join(f"{100 * one:.1f}" for one in best[:: STEPS // (TARGETS - 1)])
        sys.stdout.write(f"  searched for {' '.join(searched):45} {cells}   mean {100 * np.mean(best):.2f}\n")


if __name__ == "__main__":
    number, *rest = sys.argv[1:]
    separated: list[list[str]] = [[]]
    for argument in rest:
        if argument == "--":
            separated.append([])
        else:
            separated[-1].append(argument)
    main(int(number), separated)
