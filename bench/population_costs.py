"""Architectures per second by a fused table and by plain Python loops through the same table.

python -m bench.population_costs
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from mobilenas.hardware import Costs, CostTable, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace, MoGA

Row = tuple[float, int, int]
"""Latency, parameters and multiply-adds of a candidate."""

ROUNDS = 50
TURN_SECONDS = 0.05


def main() -> None:
    rng = np.random.default_rng(0)
    space = MoGA().space()
    table = LatencyTable({key: float(rng.uniform(0.01, 1)) for key in layers_of(space)}, overhead_ms=0.01)
    fused, blocks = CostTable(space, table), plain_blocks(space, table)
    for count in (70, 10_000):
        population = space.sample(count, rng)
        architectures = population.tolist()
        check(fused(population), one_pass(blocks, architectures))
        seconds = fastest_seconds(
            {
                "plain loop, three sums": partial(three_sums, blocks, architectures),
                "plain loop, one pass": partial(one_pass, blocks, architectures),
                "fused table": partial(fused, population),
            }
        )
        for name, took in seconds.items():
            ratio = took / seconds["fused table"]
            sys.stdout.write(
                f"population {count:6}: {name:24} {count / took:12,.0f} a second, fused is {ratio:6.1f} x\n"
            )


def plain_blocks(space: LayerwiseSpace, table: LatencyTable) -> list[list[Row]]:
    """The costs of every candidate; a fixed layer's are added to the first choice block's."""
    rows = [[(table.layer_ms(layer), layer.params, layer.macs) for layer in layers] for layers in space.layers]
    fixed = [sum(column) for column in zip(*(row[0] for row in rows if len(row) == 1), strict=True)]
    first, *rest = [row for row in rows if len(row) > 1]
    fixed[0] += table.overhead_ms
    return [[(ms + fixed[0], params + fixed[1], macs + fixed[2]) for ms, params, macs in first], *rest]


def three_sums(blocks: Sequence[Sequence[Row]], architectures: Sequence[Sequence[int]]) -> list[Row]:
    costs = []
    for architecture in architectures:
        rows = [block[option] for block, option in zip(blocks, architecture, strict=True)]
        costs.append((sum([row[0] for row in rows]), sum([row[1] for row in rows]), sum([row[2] for row in rows])))
    return costs


def one_pass(blocks: Sequence[Sequence[Row]], architectures: Sequence[Sequence[int]]) -> list[Row]:
    costs = []
    for architecture in architectures:
        latency_ms, params, macs = 0.0, 0, 0
        for block, option in zip(blocks, architecture, strict=True):
            row = block[option]
            latency_ms += row[0]
            params += row[1]
            macs += row[2]
        costs.append((latency_ms, params, macs))
    return costs


def check(costs: Costs, expected: Sequence[Row]) -> None:
    """Raise ValueError unless both ways agree."""
    latency_ms, params, macs = zip(*expected, strict=True)
    same = np.array_equal(costs.params, params) and np.array_equal(costs.macs, macs)
    if not same or not np.allclose(costs.latency_ms, latency_ms):
        raise ValueError("The fused table and the plain loop disagree.")


def fastest_seconds(contenders: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The shortest run of each, over rounds in which all take turns of equal length."""
    seconds = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            turn_ends = time.perf_counter() + TURN_SECONDS
            while (begin := time.perf_counter()) < turn_ends:
                run()
                seconds[name] = min(seconds[name], time.perf_counter() - begin)
    return seconds


if __name__ == "__main__":
    main()
