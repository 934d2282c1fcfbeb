"""How well a supernet ranks networks: its scores beside those of the same networks fine-tuned alone.

``python -m bench.ranking --networks 12 --out FOLDER OVERRIDES``, with the overrides of a run whose supernet inherits.
The run's stages up to the supernet are made first if they are not complete. Each random network begins with what it
inherits from the parent, is trained by ``recipe`` on ``train`` alone, and is scored on ``search``, as the paths of the
supernet are. Prints Kendall's tau with its interval over bootstrap samples of the networks. Networks that are in the
folder's ranking.csv are not trained again.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from mobilenas.cli.composing import composed
from mobilenas.evaluation import Architecture
from mobilenas.evaluator import DATA, DEVICE, SPACE, SUPERNET
from mobilenas.pipeline import Plan, plan, run
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import Given
from mobilenas.stages.parent import parent_weights
from mobilenas.stages.trained import trained
from mobilenas.supernet import inherited_network
from mobilenas.training import top1
from mobilenas.training.loggers import quiet_lightning

COLUMNS = ("architecture", "supernet_top1", "alone_top1", "params", "macs")
SAMPLES = 2000
"""Bootstrap samples of the networks, for the interval of tau."""


def supernet_score(settings: Settings, made: Plan) -> Callable[[Architecture], float]:
    """Returns the function that scores an architecture with the run's supernet, on the split ``search``."""
    whole = made.run
    evaluator = settings.evaluator.evaluator(
        Given(
            {
                SUPERNET: lambda: whole.folder / "supernet" / "supernet.safetensors",
                SPACE: lambda: whole.layerwise,
                DATA: lambda: whole.data,
                DEVICE: lambda: whole.training.device,
            }
        )
    )
    return lambda architecture: evaluator.score(architecture).top1


def alone_score(settings: Settings, made: Plan, architecture: Architecture, folder: Path) -> float:
    """Returns the accuracy on ``search`` of a network that is fine-tuned alone."""
    whole = made.run
    assert whole.parent
    network = whole.space.network(architecture)
    begin = inherited_network(network, whole.parent, parent_weights(whole))
    found = trained(whole, settings.recipe, network, folder, ("train",), begin)
    shutil.rmtree(folder)
    device = whole.training.device
    return top1(found.to(device), whole.data.eval_loader("search", settings.evaluator.batch_size), device)


def interval(pairs: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Returns the bounds of 90% of the values that tau has over bootstrap samples of ``(networks, 2)`` scores."""
    taus = [kendalltau(*pairs[rng.integers(0, len(pairs), len(pairs))].T).statistic for _ in range(SAMPLES)]
    low, high = np.nanquantile(taus, [0.05, 0.95])
    return float(low), float(high)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--networks", type=int, default=12)
    parser.add_argument("--out", type=Path, required=True)
    options, overrides = parser.parse_known_args(arguments)
    quiet_lightning()
    stages = "stages=[profile,parent,supernet]"
    settings = composed(*overrides, stages)
    made = plan(settings, "", [*overrides, stages])
    run(made)
    score, rng = supernet_score(settings, made), np.random.default_rng(settings.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "ranking.csv"
    rows = list(csv.DictReader(file.open(encoding="utf-8"))) if file.exists() else []
    for sampled in made.space.sample(options.networks, rng)[len(rows) :]:
        architecture = tuple(sampled.tolist())
        network = made.space.network(architecture)
        name = f"alone-{len(rows)}"
        alone = alone_score(settings, made, architecture, options.out / name)
        values = (" ".join(map(str, architecture)), score(architecture), alone, network.params, network.macs)
        rows.append(dict(zip(COLUMNS, map(str, values), strict=True)))
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        sys.stdout.write(f"{name}: supernet {values[1]:.3f}, alone {alone:.3f}\n")
        sys.stdout.flush()
    pairs = np.array([[float(row["supernet_top1"]), float(row["alone_top1"])] for row in rows])
    low, high = interval(pairs, np.random.default_rng(0))
    sys.stdout.write(
        f"Kendall's tau of {len(rows)} networks: {kendalltau(*pairs.T).statistic:.2f} ({low:.2f} to {high:.2f})\n"
    )


if __name__ == "__main__":
    main()
