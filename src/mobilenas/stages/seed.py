"""Train the network that NetAdapt makes smaller."""

import shutil
from pathlib import Path

from mobilenas.spec import NetworkSpec
from mobilenas.stages.base import Experiment
from mobilenas.stages.search import chosen
from mobilenas.stages.trained import WEIGHTS, trained

NETWORK = "network.yaml"


def seed(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the network, the one given or the best of the search, and its weights after training on ``train`` alone."""
    spec = experiment.networks[0] if experiment.networks else chosen(experiment)[0].spec
    (folder / NETWORK).write_text(spec.to_yaml())
    trained(experiment, spec, folder, ("train",))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return {"network": spec.name}


def read_seed(run: Path) -> tuple[NetworkSpec, Path]:
    """The network in a run's folder, and the file of its weights."""
    return NetworkSpec.load(run / "seed" / NETWORK), run / "seed" / WEIGHTS
