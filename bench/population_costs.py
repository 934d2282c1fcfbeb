"""Architectures a second through a fused table, beside a plain Python loop through the same table.

python -m bench.population_costs
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from mobilenas.hardware import CostTable, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace, moga

Row = tuple[float, int, int]

ROUNDS = 60


def main() -> None:
    space = moga()
    rng = np.random.default_rng(0)
    table = LatencyTable({key: float(rng.uniform(0.01, 1)) for key in layers_of(space)}, overhead_ms=0.01)
    fused = CostTable(space, table)
    blocks = [[(table.layer_ms(layer), layer.params, layer.macs) for layer in layers] for layers in space.layers]
    for count in (70, 10_000):
        population = space.sample(count, rng)
        architectures = whole_architectures(space, population)
        check(fused, population, blocks, architectures)
        contenders = {
            "a sum for each cost": lambda: sums(blocks, architectures),
            "one pass for all three": lambda: one_pass(blocks, architectures),
            "fused table": lambda: fused(population),
        }
        report(count, fastest_seconds(contenders))


def sums(blocks: Sequence[Sequence[Row]], architectures: Sequence[Sequence[int]]) -> list[Row]:
    """The plain loop: latency, parameters and multiply-adds, each a sum over the layers."""
    return [
        (
            sum(block[option][0] for block, option in zip(blocks, architecture, strict=True)),
            sum(block[option][1] for block, option in zip(blocks, architecture, strict=True)),
            sum(block[option][2] for block, option in zip(blocks, architecture, strict=True)),
        )
        for architecture in architectures
    ]
