"""Search the space with the supernet's scores and the latency table, and choose networks along the front."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from mobilenas.algorithm import Algorithm, equally_spaced
from mobilenas.artifact import fingerprint
from mobilenas.evaluator import Evaluation, Evaluator, SupernetEvaluator
from mobilenas.hardware import CostTable, LatencyTable
from mobilenas.progress import Progress
from mobilenas.stages.base import Candidate, Experiment, write_candidates
from mobilenas.stages.profile import TABLE
from mobilenas.stages.supernet import WEIGHTS, accuracy
from mobilenas.store import Store

STORE, FRONT, CHOSEN = "evaluations.sqlite", "front.json", "chosen"


def search(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the store of all evaluations, the front, and the chosen networks."""
    evaluator = _evaluator(experiment)
    algorithm = experiment.algorithm(space=experiment.space, objective=experiment.objective, seed=experiment.seed)
    with Store(folder / STORE) as store:
        drive(algorithm, evaluator, store)
    front = algorithm.front()
    (folder / FRONT).write_text(json.dumps([asdict(one) for one in front], indent=1))
    write_candidates(_candidates(experiment, equally_spaced(front, experiment.choose)), folder / CHOSEN)
    return {"context": evaluator.context, "front": len(front)}


def drive(algorithm: Algorithm, evaluator: Evaluator, store: Store) -> None:
    """Ask, evaluate, tell until the search ends; what the store holds is not evaluated again."""
    context = evaluator.context
    with Progress("search", algorithm.budget, "architecture") as progress:
        best = 0.0
        while asked := algorithm.ask():
            evaluations: list[Evaluation] = []
            for architecture in asked:
                evaluation = store.get(context, architecture)
                if evaluation is None:
                    evaluation = evaluator.evaluate(architecture)
                    store.put(context, evaluation)
                evaluations.append(evaluation)
                best = max(best, evaluation.top1)
                progress.advance(f"best top1 {best:.3f}")
            algorithm.tell(evaluations)


def read_front(folder: Path) -> list[Evaluation]:
    """The front that ``search`` wrote, by rising latency."""
    content = json.loads((folder / FRONT).read_text())
    return [Evaluation(**fields | {"architecture": tuple(fields["architecture"])}) for fields in content]


def _evaluator(experiment: Experiment) -> SupernetEvaluator:
    given = experiment.scoring.weights
    weights = Path(given) if given else experiment.folder / "supernet" / WEIGHTS
    if not weights.exists():
        raise ValueError(
            f"There are no supernet weights at {weights}: run the stage supernet, or set evaluator.weights."
        )
    table = LatencyTable.load(experiment.folder / "profile" / TABLE)
    scoring = replace(experiment.scoring, weights=None, random_architectures=0)
    context = fingerprint([_digest(weights), asdict(scoring), asdict(table), experiment.data.fingerprint])
    return SupernetEvaluator(accuracy(experiment, weights), CostTable(experiment.space, table), context)


def _candidates(experiment: Experiment, chosen: list[Evaluation]) -> list[Candidate]:
    return [
        Candidate(replace(experiment.space.network(one.architecture), name=f"{experiment.space.name}-{number}"), one)
        for number, one in enumerate(chosen, 1)
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
