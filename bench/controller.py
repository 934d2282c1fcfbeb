"""How many samples searches for the highest reward need to find it.

``python -m bench.controller``: 12 decisions of 4 options; each option adds to the accuracy and to the latency, so that
the highest of all 16.8 million rewards is known. A line for each search, over seeds 0 to 4.
"""

import sys
import time
from statistics import median

import numpy as np
import torch

from mobilenas.algorithm import OBJECTIVE, PPO, Algorithm, RandomSearch, RegularizedEvolution
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import LatencyReward
from mobilenas.ops import Conv, Shape
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, given

SPACE = LayerwiseSpace("toy", Shape(8, 8, 8), (tuple(Conv(8, kernel=kernel) for kernel in (1, 3, 5, 7)),) * 12)
REWARD = LatencyReward(target_ms=60.0, alpha=-0.07, beta=-0.07)
SAMPLES = 8000
ALGORITHMS: dict[str, Algorithm] = {
    "ppo": PPO(samples=SAMPLES),
    "regularized_evolution": RegularizedEvolution(samples=SAMPLES),
    "random": RandomSearch(samples=SAMPLES, batch=20),
}


class Toy:
    """Accuracy and latency as sums over the decisions; latencies are whole milliseconds.

    Args:
        seed: of the gains and the costs; an option of high gain costs more on average
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.gains = rng.uniform(0, 0.08, (12, 4))
        self.costs = rng.integers(1, 6, (12, 4)) + np.rint(50 * self.gains).astype(int)

    def evaluate(self, architecture: Architecture) -> Evaluation:
        chosen = (range(12), list(architecture))
        cost = int(self.costs[chosen].sum())
        return Evaluation(architecture, float(self.gains[chosen].sum()), float(cost), cost, cost)

    def highest(self) -> float:
        """The highest reward: of the highest gain for each cost, by dynamic programming over the decisions."""
        gain_of = {0: 0.0}
        for gains, costs in zip(self.gains.tolist(), self.costs.tolist(), strict=True):
            longer: dict[int, float] = {}
            for total, sum_of_gains in gain_of.items():
                for gain, cost in zip(gains, costs, strict=True):
                    longer[total + cost] = max(longer.get(total + cost, 0.0), sum_of_gains + gain)
            gain_of = longer
        return max(REWARD.reward(gain, float(cost)) for cost, gain in gain_of.items())


def trial(algorithm: Algorithm, seed: int, share: float = 1.0) -> tuple[float, float]:
    """Samples until a share of the highest reward was found (infinite if it was not found), and the share found."""
    toy = Toy(seed)
    search, highest = algorithm.search(SPACE, given((OBJECTIVE, REWARD), (SEED, seed))), toy.highest()
    samples, found = 0, 0.0
    while asked := search.ask():
        evaluations = [toy.evaluate(architecture) for architecture in asked]
        for one in evaluations:
            samples += 1
            found = max(found, REWARD.reward(one.accuracy, one.latency_ms) / highest)
            if found >= share - 1e-9:
                return samples, found
        search.tell(evaluations)
    return float("inf"), found


def main() -> None:
    """Print the median samples to the optimum and the median share of its reward."""
    torch.set_num_threads(1)
    for name, algorithm in ALGORITHMS.items():
        begin = time.process_time()
        samples, shares = zip(*(trial(algorithm, seed) for seed in range(5)), strict=True)
        each = ", ".join(f"{one:.0f}" for one in samples)
        sys.stdout.write(
            f"{name:22} optimum after {median(samples):5.0f} of {SAMPLES} samples ({each}), "
            f"found {median(shares):.4f} of its reward, {time.process_time() - begin:.0f} s\n"
        )


if __name__ == "__main__":
    main()
