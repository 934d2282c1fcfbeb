"""The latency that a search reaches, over its target: the papers' objectives beside those that hold a target.

``python -m bench.held``: the layer-wise spaces at the papers' sizes, and five targets between the fastest and the
slowest network. Latency is a constant for each layer plus a time proportional to its multiply-adds. Cross entropy and
accuracy come from a model: each candidate improves them by a part that grows with the logarithm of its multiply-adds,
and by a random part. Searches by gradients have the masks, the temperature and the optimizer of FBNet, and end in the
most probable architecture. Searches by rewards are MnasNet's PPO, and end in the architecture of the highest reward.
NSGA-II has the target as its limit, and ends in the most accurate architecture. Prints the mean of latency over target
over the seeds, and the smallest and largest.
"""

import sys
from collections.abc import Callable, Sequence
from math import exp

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import gumbel_softmax

from mobilenas.algorithm import COSTS, NSGA2, OBJECTIVE, PPO
from mobilenas.algorithm.limits import Limits
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.network_costs import cost_model
from mobilenas.method.architecture import ArchitectureParameters
from mobilenas.method.search_loss import SearchLoss
from mobilenas.objective import (
    ACCURACY_LATENCY,
    AbsoluteReward,
    LatencyLog,
    LatencyLoss,
    LatencyProduct,
    LatencyReward,
    LatencyTarget,
    Loss,
    Reward,
)
from mobilenas.search_space import FBNet, LayerwiseSpace, MoGA, ProxylessMobile
from mobilenas.settings import SEED, given

SPACES = {"FBNet": FBNet(), "ProxylessNAS": ProxylessMobile(), "MoGA": MoGA()}
SHARES = (0.15, 0.3, 0.45, 0.6, 0.75)  # of the way from the fastest to the slowest network
SEEDS = 2
EPOCHS, STEPS, LR = 90, 20, 0.01  # of the architecture parameters; FBNet's epochs and Adam
SAMPLES = 4000  # of a search by rewards, and of NSGA-II
ENTROPY, GAIN = 2.3, 1.0  # of the worst network, and of the best beside it

LOSSES: dict[str, Callable[[float], Loss]] = {
    "FBNet's loss": lambda target_ms: LatencyLog(0.2, 0.6),
    "ProxylessNAS's loss": lambda target_ms: LatencyLoss(0.1 / target_ms),  # as its authors' code has it for 80 ms
    "ProxylessNAS's product": lambda target_ms: LatencyProduct(target_ms, 0.2, 0.3),
    "LightNAS's loss": lambda target_ms: LatencyTarget(target_ms, weight_lr=0.003),
}
REWARDS: dict[str, Callable[[float], Reward]] = {
    "MnasNet's reward": lambda target_ms: LatencyReward(target_ms, -0.07, -0.07),
    "TuNAS's reward": lambda target_ms: AbsoluteReward(target_ms, -0.07),
}
WITHIN = ("NSGA-II, best within", "NSGA-II, slowest scored")


class Model:
    """Latency, cross entropy and accuracy of a space's architectures.

    Args:
        space: the space
        seed: seed of the random part of each candidate's gain
    """

    def __init__(self, space: LayerwiseSpace, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.table = LatencyTable({layer.key: 0.4 + layer.macs / 4.5e6 for layer in space.pieces})
        self.latency = ExpectedLatency(space, self.table)
        self.costs = cost_model(space, self.table)
        self.gains = []
        for candidates in space.choices:
            work = np.log1p([layer.macs / 1e6 for layer in candidates])
            self.gains.append((work / work.max() + rng.uniform(-0.2, 0.2, len(work))) * GAIN / len(space.choices))

    def cross_entropy(self, masks: Sequence[Tensor]) -> Tensor:
        """Returns the cross entropy under masks, a scalar."""
        parts = [(mask * torch.as_tensor(gain).to(mask)).sum() for mask, gain in zip(masks, self.gains, strict=True)]
        return ENTROPY - torch.stack(parts).sum()

    def evaluate(self, architectures: Sequence[Architecture]) -> list[Evaluation]:
        """An evaluation for each; the accuracy is the probability of the right class."""
        costs = self.costs(architectures)
        found = []
        for one, ms, macs, params in zip(architectures, costs.latency_ms, costs.macs, costs.params, strict=True):
            gain = sum(gains[option] for gains, option in zip(self.gains, one, strict=True))
            found.append(Evaluation(one, exp(float(gain) - ENTROPY), float(ms), int(macs), int(params)))
        return found


def by_gradients(space: LayerwiseSpace, model: Model, objective: Loss, seed: int) -> float:
    """Returns the latency of the most probable architecture at the end of a search with FBNet's masks."""
    torch.manual_seed(seed)
    architecture, loss = ArchitectureParameters(space.options, std=0.0), SearchLoss(objective)
    optimizer = torch.optim.Adam(architecture.parameters(), LR, weight_decay=5e-4)
    for epoch in range(EPOCHS):
        temperature = 5.0 * exp(-4.05 * epoch / EPOCHS)
        for _ in range(STEPS):
            masks = [gumbel_softmax(alpha, temperature) for alpha in architecture.alphas]
            optimizer.zero_grad()
            torch.autograd.backward(loss.loss(model.cross_entropy(masks), model.latency(masks)))
            optimizer.step()
            loss.settle(model.latency.of(architecture.most_probable()))
    return model.latency.of(architecture.most_probable())


def by_rewards(space: LayerwiseSpace, model: Model, reward: Reward, seed: int) -> float:
    """Returns the latency of the architecture of the highest reward that PPO has found."""
    search = PPO(samples=SAMPLES).search(space, given((OBJECTIVE, reward), (SEED, seed)))
    best = (-np.inf, 0.0)
    while asked := search.ask():
        evaluations = model.evaluate(asked)
        best = max(best, *((reward.reward(one.accuracy, one.latency_ms), one.latency_ms) for one in evaluations))
        search.tell(evaluations)
    return best[1]


def within(space: LayerwiseSpace, model: Model, limit_ms: float, seed: int) -> tuple[float, float]:
    """Returns the latency of the most accurate architecture of NSGA-II under a limit, and the largest latency."""
    algorithm = NSGA2(population=50, generations=SAMPLES // 50, limits=Limits(latency_ms=limit_ms))
    search = algorithm.search(space, given((OBJECTIVE, ACCURACY_LATENCY), (SEED, seed), (COSTS, model.costs)))
    found: list[Evaluation] = []
    while asked := search.ask():
        evaluations = model.evaluate(asked)
        search.tell(evaluations)
        found += evaluations
    best = max(found, key=lambda one: one.accuracy)
    return best.latency_ms, max(one.latency_ms for one in found)


def reached_ms(said: str, space: LayerwiseSpace, model: Model, target_ms: float, seed: int) -> float:
    """Returns the latency that a search reaches."""
    if said in LOSSES:
        return by_gradients(space, model, LOSSES[said](target_ms), seed)
    if said in REWARDS:
        return by_rewards(space, model, REWARDS[said](target_ms), seed)
    return within(space, model, target_ms, seed)[WITHIN.index(said)]


def main(only_space: str = "", only: str = "") -> None:
    """Print latency over target for each space and objective, or for those whose names have some text."""
    torch.set_num_threads(1)
    for name, settings in SPACES.items():
        if only_space not in name:
            continue
        space = settings.space(1000, 224)
        models = [Model(space, seed) for seed in range(SEEDS)]
        ends = np.array([[sum(map(pick, _rows(space, model))) for pick in (min, max)] for model in models])
        fixed_ms = models[0].latency.fastest_ms - ends[0, 0]
        targets_ms = [fixed_ms + float(ends[0] @ (1 - share, share)) for share in SHARES]
        sys.stdout.write(f"{name}, targets {', '.join(f'{ms:.0f}' for ms in targets_ms)} ms\n")
        for said in (*LOSSES, *REWARDS, *WITHIN):
            if only not in said:
                continue
            runs = [[reached_ms(said, space, model, ms, s) / ms for s, model in enumerate(models)] for ms in targets_ms]
            means = " ".join(f"{ratio:.3f}" for ratio in np.mean(runs, axis=1))
            sys.stdout.write(f"  {said:24} {means}   from {np.min(runs):.3f} to {np.max(runs):.3f}\n")
            sys.stdout.flush()


def _rows(space: LayerwiseSpace, model: Model) -> list[list[float]]:
    """The milliseconds of each choice block's candidates."""
    return [[model.table.layer_ms(layer) for layer in candidates] for candidates in space.choices]


if __name__ == "__main__":
    main(*sys.argv[1:])
