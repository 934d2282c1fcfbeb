"""Latency as a soft constraint and as a hard one (MnasNet Sec. 7.1, Fig. 6).

``python -m bench.constraints``: MnasNet's space at the paper's size, and PPO with the paper's target of 75 ms. Latency
is a constant for each layer plus a time proportional to its multiply-adds. Accuracy comes from a model: at the target
the slope is the paper's, 5% for a doubling of the latency; it is larger below the target, and smaller above. Prints the
distribution of the sampled architectures' latencies, each architecture counted once, and draws docs/constraints.png.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mobilenas.algorithm import OBJECTIVE, PPO
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.network_costs import cost_model
from mobilenas.objective import LatencyReward
from mobilenas.report.palette import ACCENT, MUTED, SMALL, plain_axes
from mobilenas.search_space import BlockSpace, MnasNet
from mobilenas.settings import SEED, given

TARGET_MS = 75.0
CONSTRAINTS = {"hard, (0, -1)": (0.0, -1.0), "soft, (-.07, -.07)": (-0.07, -0.07)}
SAMPLES = 8000
PICTURE = Path(__file__).parents[1] / "docs" / "constraints.png"


class Model:
    r"""Accuracy and latency of MnasNet's architectures.

    .. math:: \log ACC = \log .5 - .07 \left(\frac{T}{LAT} - 1\right) + \text{what the options bring} + \text{noise}

    Args:
        space: the architectures
        seed: seed of the gain of each option, up to .1%, and of the noise, .5%
    """

    def __init__(self, space: BlockSpace, seed: int) -> None:
        table = LatencyTable({layer.key: 0.4 + layer.macs / 4.5e6 for layer in space.pieces})
        self._costs = cost_model(space, table)
        self._seed = seed
        rng = np.random.default_rng(seed)
        self._gains = [rng.uniform(-0.001, 0.001, count) for count in space.options]

    def evaluate(self, architectures: list[Architecture]) -> list[Evaluation]:
        """An evaluation for each."""
        costs = self._costs(architectures)
        figures = zip(architectures, costs.latency_ms, costs.macs, costs.params, strict=True)
        return [Evaluation(one, self._top1(one, ms), float(ms), int(macs), int(n)) for one, ms, macs, n in figures]

    def _top1(self, architecture: Architecture, latency_ms: float) -> float:
        brought = sum(gains[option] for gains, option in zip(self._gains, architecture, strict=True))
        digest = hashlib.sha256(f"{self._seed} {architecture}".encode()).digest()
        noise = 0.005 * np.random.default_rng(list(digest[:8])).standard_normal()
        return float(0.5 * np.exp(0.07 * (1 - TARGET_MS / latency_ms) + brought + noise))


def sampled_ms(space: BlockSpace, exponents: tuple[float, float], seed: int, samples: int = SAMPLES) -> list[float]:
    """The latencies of the different architectures that PPO samples, in the order of sampling."""
    model = Model(space, seed)
    reward = LatencyReward(TARGET_MS, *exponents)
    search = PPO(samples=samples).search(space, given((OBJECTIVE, reward), (SEED, seed)))
    found: dict[Architecture, float] = {}
    while asked := search.ask():
        evaluations = model.evaluate(asked)
        found |= {one.architecture: one.latency_ms for one in evaluations}
        search.tell(evaluations)
    return list(found.values())


def in_words(latencies_ms: NDArray[np.float64]) -> str:
    """The distribution of latencies around the target."""
    over = np.mean(latencies_ms > TARGET_MS)
    near = np.mean(abs(latencies_ms - TARGET_MS) < 0.1 * TARGET_MS)
    far = np.mean((latencies_ms < 40) | (latencies_ms > 110))
    quantiles = ", ".join(f"{ms:.0f}" for ms in np.quantile(latencies_ms, (0.1, 0.5, 0.9)))
    return (
        f"{len(latencies_ms)} architectures, {over:.0%} over the target, {near:.0%} within 10% of it, {far:.0%} below"
        f" 40 or above 110 ms; a tenth, half and nine tenths below {quantiles} ms"
    )


def figure(drawn: dict[str, list[float]]) -> Figure:
    """A histogram for each constraint, one above the other."""
    picture = Figure((6.4, 4.2), 150, facecolor="white", layout="constrained")
    bins = np.arange(20.0, 155.0, 5.0)
    for axes, (name, latencies) in zip(picture.subplots(len(drawn), sharex=True), drawn.items(), strict=True):
        plain_axes(axes, "", "architectures")
        axes.hist(latencies, bins=bins, color=ACCENT, alpha=0.8, edgecolor="white", linewidth=0.5, label=name)
        axes.axvline(TARGET_MS, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="target")
        axes.legend(loc="upper right", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    axes.set_xlabel("latency in ms")
    return picture


def main() -> None:
    """Print shares and quantiles of the sampled latencies for three seeds, and draw those of the first."""
    torch.set_num_threads(1)
    space, drawn = MnasNet().space(), {}
    for name, exponents in CONSTRAINTS.items():
        for seed in range(3):
            latencies = sampled_ms(space, exponents, seed)
            drawn.setdefault(name, latencies)
            sys.stdout.write(f"{name:20} seed {seed}: {in_words(np.array(latencies))}\n")
    figure(drawn).savefig(PICTURE, metadata={"Software": None})


if __name__ == "__main__":
    main()
