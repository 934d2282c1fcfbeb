"""What MobileNetV3's improvements and its non-linearities cost on this machine (its Table 5 and Fig. 9).

``python -m bench.improvements``: ONNX Runtime on one thread at 224 pixels, all networks in turns, so that a busy
machine disturbs all of them equally. Prints milliseconds and the ratio to the first network's time, with the spread
over repetitions, here and on the paper's Pixel 1.
"""

import sys
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from mobilenas.engine import OnnxRuntime
from mobilenas.network.improvement import improve
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width
from mobilenas.timing.rounds import Timing, in_turns

TABLE_5: Mapping[str, tuple[float, tuple[str, ...], float]] = MappingProxyType(  # width, improvements, ms on a Pixel 1
    {
        "V3 (h-swish@80)": (1.0, (), 66),
        "0.85 V3": (0.85, (), 55),
        "ReLU": (1.0, ("relu",), 59),
        "h-swish@16": (1.0, ("h_swish@16",), 78),
        "h-swish@112": (1.0, ("h_swish@112",), 64),
    }
)
LADDER = ("large_se", "slim_stem", "h_swish@80", "efficient_last_stage")  # Fig. 9; the order is our choice
TIMING = Timing(rounds=40, visit_ms=40.0, percentile=50)
REPEATS = 5


def networks() -> dict[str, tuple[NetworkSpec, float | None]]:
    """The networks of Table 5 and of Fig. 9, with their times on the paper's phone."""
    large, step = load_network("mobilenet_v3_large"), load_network("mnasnet_a1")
    found: dict[str, tuple[NetworkSpec, float | None]] = {
        name: (improve(scale_width(large, width), names), ms) for name, (width, names, ms) in TABLE_5.items()
    }
    found["MnasNet-A1"] = step, None
    for name in LADDER:
        step = improve(step, [name])
        found[f"+ {name}"] = step, None
    return found


def measured_ms(specs: list[NetworkSpec]) -> NDArray[np.float64]:
    """``(REPEATS, networks)``"""
    engine, rng = OnnxRuntime(threads=1, batch=1), np.random.default_rng(0)
    runs = [engine.prepare(spec.build().eval(), spec.input) for spec in specs]
    return np.array([in_turns(runs, TIMING, rng) for _ in range(REPEATS)])


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = networks()
    times_ms = measured_ms([spec for spec, _ in found.values()])
    first = 0
    for place, (name, (spec, there_ms)) in enumerate(found.items()):
        first = place if name == "MnasNet-A1" else first
        share = times_ms[:, place] / times_ms[:, first]
        there = f", {there_ms / TABLE_5['V3 (h-swish@80)'][2]:.2f} on a Pixel 1" if there_ms else ""
        sys.stdout.write(
            f"{name:24}{spec.params / 1e6:6.2f} M parameters {spec.macs / 1e6:6.1f} M multiply-adds"
            f" {np.median(times_ms[:, place]):7.2f} ms, {np.median(share):.3f} ± {share.std(ddof=1):.3f} of the first"
            f"{there}\n"
        )


if __name__ == "__main__":
    main()
