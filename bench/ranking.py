"""How well a supernet ranks networks: its scores beside those of the same networks fine-tuned alone.

``python -m bench.ranking --networks 12 --out FOLDER OVERRIDES``, with the overrides of a run whose supernet inherits.
The run's stages up to the supernet are made first if they are not complete. Each random network begins with what it
inherits from the parent, is trained by ``recipe`` on ``train`` alone, and is scored on ``search``, as the paths of the
supernet are, and on ``test``. Prints Kendall's tau for both, with its interval over bootstrap samples of the networks.
A network that was trained alone is kept in FOLDER, so that supernets of the same parent share it. With ``--share 0/4``,
``1/4`` and so on, several processes train the networks, and no supernet is made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from torch import nn

from mobilenas.cli.composing import composed
from mobilenas.evaluation import Architecture
from mobilenas.evaluator import DATA, DEVICE, SPACE, SUPERNET
from mobilenas.files import fingerprint
from mobilenas.files.tensors import tensors_fingerprint
from mobilenas.pipeline import Plan, plan, run
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import Given, plain
from mobilenas.stages.given_weights import Beginning
from mobilenas.stages.parent import parent_weights
from mobilenas.stages.trained import trained
from mobilenas.supernet import inherited_network
from mobilenas.training import top1
from mobilenas.training.loggers import quiet_lightning

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
    return lambda architecture: evaluator.score(architecture).accuracy


@dataclass(frozen=True)
class Alone:
    """Networks of a run that are fine-tuned alone, each with a file of its scores in ``folder``."""

    settings: Settings
    made: Plan
    folder: Path

    def __call__(self, place: int, architecture: Architecture) -> dict[str, float]:
        """Returns the top-1 of a network after its own training, on ``search`` and on ``test``."""
        whole, recipe = self.made.run, self.settings.recipe
        assert whole.parent
        weights = parent_weights(whole)
        made_from = [architecture, plain(recipe), whole.trained, tensors_fingerprint(weights)]
        file = self.folder / f"{place:02}-{fingerprint(made_from)}.json"
        if not file.exists():
            network, training = whole.space.network(architecture), file.with_suffix("")
            begin = Beginning(inherited_network(network, whole.parent, weights))
            found = trained(whole, recipe, network, training, ("train",), begin).to(whole.training.device)
            shutil.rmtree(training)
            scores = {split: self._top1(found, split) for split in ("search", "test")}
            file.write_text(json.dumps(scores | {"params": network.params, "macs": network.macs}), encoding="utf-8")
        return cast(dict[str, float], json.loads(file.read_text(encoding="utf-8")))

    def _top1(self, network: nn.Module, split: str) -> float:
        whole = self.made.run
        loader = whole.data.eval_loader(split, self.settings.evaluator.batch_size)
        return top1(network, loader, whole.training.device)


def interval(pairs: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Returns the bounds of 90% of the values that tau has over bootstrap samples of ``(networks, 2)`` scores."""
    taus = [kendalltau(*pairs[rng.integers(0, len(pairs), len(pairs))].T).statistic for _ in range(SAMPLES)]
    low, high = np.nanquantile(taus, [0.05, 0.95])
    return float(low), float(high)


def finished(*overrides: str) -> tuple[Settings, Plan]:
    """Returns the settings of a run and its plan, after all its stages are complete."""
    settings = composed(*overrides)
    made = plan(settings, "", list(overrides))
    run(made)
    return settings, made


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--networks", type=int, default=12)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share")
    options, overrides = parser.parse_known_args(arguments)
    quiet_lightning()
    settings, made = finished(*overrides, "method.init=inherit", "stages=[profile,parent]")
    options.out.mkdir(parents=True, exist_ok=True)
    alone, rng = Alone(settings, made, options.out), np.random.default_rng(settings.seed)
    drawn = [tuple(one.tolist()) for one in made.space.sample(options.networks, rng)]
    if options.share:
        first, processes = map(int, options.share.split("/"))
        for place, architecture in list(enumerate(drawn))[first::processes]:
            alone(place, architecture)
        return
    inherits = composed(*overrides).method.init == "inherit"
    stages = "stages=[profile,parent,supernet]" if inherits else "stages=[profile,supernet]"
    score, rows = supernet_score(*finished(*overrides, stages)), []
    for place, architecture in enumerate(drawn):
        scores = {"supernet": score(architecture)} | alone(place, architecture)
        rows.append(scores)
        sys.stdout.write(f"{place}: " + ", ".join(f"{name} {value:.4g}" for name, value in scores.items()) + "\n")
        sys.stdout.flush()
    for split in ("search", "test"):
        pairs = np.array([[one["supernet"], one[split]] for one in rows])
        tau, (low, high) = kendalltau(*pairs.T).statistic, interval(pairs, np.random.default_rng(0))
        sys.stdout.write(f"Kendall's tau of {len(rows)} networks on {split}: {tau:.2f} ({low:.2f} to {high:.2f})\n")


if __name__ == "__main__":
    main()
