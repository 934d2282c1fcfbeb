"""Train the network that NetAdapt makes smaller."""

import logging
import shutil
from pathlib import Path

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.network.spec import NetworkSpec
from mobilenas.stages.base import Experiment
from mobilenas.stages.latencies import Latencies
from mobilenas.stages.search import chosen
from mobilenas.stages.trained import trained
from mobilenas.training.weights import WEIGHTS

log = logging.getLogger(__name__)

NETWORK = "network.yaml"


def seed(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the network, the one given or the best of the search, and its weights after training on ``train`` alone."""
    spec = experiment.networks[0] if experiment.networks else chosen(experiment)[0].spec
    (folder / NETWORK).write_text(spec.to_yaml())
    if experiment.made("profile"):
        _foresee(experiment, spec)
    trained(experiment, spec, folder, ("train",))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return {"network": spec.name}


def _foresee(experiment: Experiment, spec: NetworkSpec) -> None:
    """Say before the long training what would come out only after it: a target out of reach, a row that is missing."""
    assert experiment.adaptation is not None
    widths = WidthSpace(spec, experiment.adaptation.divisor)
    smallest = tuple(0 for _ in widths.options)
    seed_ms, least_ms = Latencies(experiment, widths)([widths.widest, smallest])
    if least_ms > (target_ms := experiment.adaptation.target(seed_ms)):
        log.warning(
            "seed: with all widths at their smallest, %s takes %.4g ms, and the target is %.4g: it may be out of reach;"
            " another network or a higher target would not be.",
            spec.name,
            least_ms,
            target_ms,
        )


def read_seed(run: Path) -> tuple[NetworkSpec, Path]:
    """The network in a run's folder, and the file of its weights."""
    return NetworkSpec.load(run / "seed" / NETWORK), run / "seed" / WEIGHTS
