"""Search the space with the supernet's scores and the latency table, and choose networks along the front."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from mobilenas.algorithm import Algorithm, equally_spaced
from mobilenas.artifact import digest, fingerprint
from mobilenas.evaluator import Evaluation, Evaluator, SupernetEvaluator
from mobilenas.executor import Executor
from mobilenas.hardware import CostTable
from mobilenas.progress import Progress
from mobilenas.search_space import Architecture
from mobilenas.stages.base import Candidate, Experiment, asks_for
from mobilenas.stages.profile import read_table
from mobilenas.stages.supernet import WEIGHTS, accuracy, read_learned
from mobilenas.store import Store

STORE, FRONT = "evaluations.sqlite", "front.json"


def search(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the store of all evaluations, and the front."""
    evaluator = _evaluator(experiment)
    algorithm = experiment.algorithm(space=experiment.space, **_given(experiment))
    with experiment.executor as executor, Store(folder / STORE) as store:
        drive(algorithm, evaluator, store, executor)
    front = algorithm.front()
    (folder / FRONT).write_text(json.dumps([asdict(one) for one in front], indent=1))
    return {"front": len(front)}


def drive(algorithm: Algorithm, evaluator: Evaluator, store: Store, executor: Executor) -> None:
    """Ask, evaluate, tell until the search ends; what the store holds is not evaluated again.

    What is told is what the store holds, so that searches which share one agree.
    """
    context = evaluator.context
    with Progress("search", algorithm.budget, "architecture") as progress:
        best, failures = 0.0, 0
        while asked := algorithm.ask():
            known: dict[Architecture, Evaluation] = {}
            for evaluation in _evaluations(asked, context, evaluator, store, executor):
                known[evaluation.architecture] = evaluation
                best, failures = max(best, evaluation.top1), failures + (evaluation.failure is not None)
                progress.advance(f"best top1 {best:.3f}" + (f", {failures} failed" if failures else ""))
            algorithm.tell([known[architecture] for architecture in asked])


def _evaluations(
    asked: Sequence[Architecture], context: str, evaluator: Evaluator, store: Store, executor: Executor
) -> Iterator[Evaluation]:
    """What the store holds of these, and then the others in the order in which they finish."""
    missing: list[Architecture] = []
    for architecture in asked:
        evaluation = store.get(context, architecture)
        if evaluation is None:
            missing.append(architecture)
        else:
            yield evaluation
    for evaluation in executor.evaluate(evaluator, missing) if missing else ():
        yield store.put(context, evaluation)


def read_front(folder: Path) -> list[Evaluation]:
    """The front that ``search`` wrote, by rising latency."""
    content = json.loads((folder / FRONT).read_text())
    return [Evaluation(**fields | {"architecture": tuple(fields["architecture"])}) for fields in content]


def _given(experiment: Experiment) -> dict[str, object]:
    """What the algorithm asks for beside the space."""
    available: dict[str, Callable[[], object]] = {
        "objective": lambda: experiment.objective,
        "seed": lambda: experiment.seed,
        "probabilities": lambda: read_learned(experiment.folder / "supernet", "probabilities"),
    }
    return {name: make() for name, make in available.items() if asks_for(experiment.algorithm, name)}


def _evaluator(experiment: Experiment) -> SupernetEvaluator:
    given = experiment.scoring.weights
    weights = Path(given) if given else experiment.folder / "supernet" / WEIGHTS
    if not weights.exists():
        raise ValueError(
            f"There are no supernet weights at {weights}: run the stage supernet, or set evaluator.weights."
        )
    table = read_table(experiment.folder)
    scoring = replace(experiment.scoring, weights=None, random_architectures=1)
    context = fingerprint([digest(weights), asdict(scoring), asdict(table), experiment.data.fingerprint])
    return SupernetEvaluator(accuracy(experiment, weights), CostTable(experiment.space, table), context)


def chosen(experiment: Experiment) -> list[Candidate]:
    """The networks at equal distance along the front, by rising latency."""
    space, front = experiment.space, read_front(experiment.folder / "search")
    return [
        Candidate(replace(space.network(one.architecture), name=f"{space.name}-{number}"), one)
        for number, one in enumerate(equally_spaced(front, experiment.choose), 1)
    ]
