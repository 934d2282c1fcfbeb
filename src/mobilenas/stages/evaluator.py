"""The evaluator of a search, from what the stages before it have left."""

from dataclasses import asdict, replace
from pathlib import Path

from mobilenas.evaluator import Evaluator, ProxyScoring, SupernetEvaluator
from mobilenas.evaluator.proxy_task import ProxyTask
from mobilenas.files.hashes import digest, fingerprint
from mobilenas.hardware import CostTable
from mobilenas.hardware.network_costs import cost_model
from mobilenas.stages.base import Experiment
from mobilenas.stages.profile import read_table
from mobilenas.stages.supernet import WEIGHTS, accuracy
from mobilenas.training.short import ShortTraining


def make_evaluator(experiment: Experiment) -> Evaluator:
    """Scores as the settings of the evaluator say.

    Raises:
        ValueError: there are no supernet weights, or the space has no supernet
    """
    scoring = experiment.scoring
    return _proxy_task(experiment, scoring) if isinstance(scoring, ProxyScoring) else _supernet(experiment)


def _supernet(experiment: Experiment) -> SupernetEvaluator:
    given = experiment.weights
    weights = Path(given) if given else experiment.folder / "supernet" / WEIGHTS
    if not weights.exists():
        raise ValueError(
            f"There are no supernet weights at {weights}: run the stage supernet, or set evaluator.weights."
        )
    table = read_table(experiment.folder)
    scoring = replace(experiment.supernet_scoring, weights=None, random_architectures=1)
    context = fingerprint(
        [digest(weights), asdict(scoring), table.figures, experiment.data.fingerprint, experiment.training.device.type]
    )
    return SupernetEvaluator(accuracy(experiment, weights), CostTable(experiment.layerwise, table), context)


def _proxy_task(experiment: Experiment, scoring: ProxyScoring) -> ProxyTask:
    table, identity = read_table(experiment.folder), experiment.identity
    parts = [identity[part] for part in ("space", "scoring", "data", "trainer", "seed")]
    context = fingerprint([*parts, table.figures, experiment.trial_threads, experiment.training.device.type])
    data = experiment.data
    training = ShortTraining(
        data.with_train_images(scoring.train_images) if scoring.train_images else data,
        scoring.shortened(experiment.recipe),
        experiment.training.trainer,
        scoring.batch_size,
        scoring.calibration_images,
    )
    return ProxyTask(experiment.space, training, cost_model(experiment.space, table), experiment.seed, context)
