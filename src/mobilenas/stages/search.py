"""Search the space with the supernet's scores and the latency table, and choose networks along the front."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NoReturn

from mobilenas.algorithm import Algorithm, equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluation.store import Store
from mobilenas.evaluator import Evaluator
from mobilenas.executor import Executor
from mobilenas.progress import Progress
from mobilenas.stages.base import Candidate, Experiment, asks_for
from mobilenas.stages.evaluator import make_evaluator
from mobilenas.stages.supernet import read_learned

FRONT, RANKING, TOLD = "front.json", "ranking.json", "told.json"


def search(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the store of all evaluations, and the front.

    Raises:
        ValueError: no architecture was evaluated without a failure
    """
    evaluator = make_evaluator(experiment)
    algorithm = experiment.algorithm(space=experiment.space, **_given(experiment))
    with experiment.executor as executor, Store(experiment.evaluations("search")) as store:
        told = drive(algorithm, evaluator, store, executor, experiment.retry_failures)
    front = algorithm.front()
    if not front:
        _refuse(told)
    write_evaluations(told, folder / TOLD)
    write_evaluations(front, folder / FRONT)
    if experiment.maximizes_reward:
        write_evaluations(algorithm.chosen(algorithm.budget), folder / RANKING)
    return {"front": len(front)}


def _refuse(evaluations: Sequence[Evaluation]) -> NoReturn:
    raise ValueError(
        f"All {len(evaluations)} architectures failed, the first one because {evaluations[0].failure}. When the reason"
        " is mended, run the same with retry_failures=true."
    )


def drive(
    algorithm: Algorithm, evaluator: Evaluator, store: Store, executor: Executor, retry_failures: bool = False
) -> list[Evaluation]:
    """Ask, evaluate, tell until the search ends; what the store holds is not evaluated again, unless it may be retried.

    What is told is what the store holds, so that searches which share one agree.

    Returns:
        of each architecture that was asked for, in the order in which they were first

    Raises:
        ValueError: all of the first ones that were asked for have failed
    """
    context, told = evaluator.context, dict[Architecture, Evaluation]()
    with Progress("search", algorithm.budget, "architecture") as progress:
        best, failures = 0.0, 0
        while asked := algorithm.ask():
            known: dict[Architecture, Evaluation] = {}
            for evaluation in evaluations_of(asked, context, evaluator, store, executor, retry_failures):
                known[evaluation.architecture] = evaluation
                best, failures = max(best, evaluation.top1), failures + (evaluation.failure is not None)
                progress.advance(f"best top1 {best:.3f}" + (f", {failures} failed" if failures else ""))
            if failures == len(known) and not best and len(known) > 1:
                _refuse(list(known.values()))
            algorithm.tell([known[architecture] for architecture in asked])
            told |= {architecture: known[architecture] for architecture in asked}
    return list(told.values())


def evaluations_of(
    asked: Sequence[Architecture],
    context: str,
    evaluator: Evaluator,
    store: Store,
    executor: Executor,
    retry_failures: bool,
) -> Iterator[Evaluation]:
    """What the store holds of these, and then the others in the order in which they finish."""
    missing: list[Architecture] = []
    for architecture in asked:
        evaluation = store.get(context, architecture)
        if evaluation is None or (retry_failures and evaluation.failure):
            missing.append(architecture)
        else:
            yield evaluation
    for evaluation in executor.evaluate(evaluator, missing) if missing else ():
        yield store.put(context, evaluation)


def read_front(folder: Path) -> list[Evaluation]:
    """The front that ``search`` wrote, by rising latency."""
    return read_evaluations(folder / FRONT)


def write_evaluations(evaluations: Sequence[Evaluation], path: Path) -> None:
    path.write_text(json.dumps([asdict(one) for one in evaluations], indent=1))


def read_evaluations(path: Path) -> list[Evaluation]:
    content = json.loads(path.read_text())
    return [Evaluation(**fields | {"architecture": tuple(fields["architecture"])}) for fields in content]


def _given(experiment: Experiment) -> dict[str, object]:
    """What the algorithm asks for beside the space."""
    available: dict[str, Callable[[], object]] = {
        "objective": lambda: experiment.objective,
        "seed": lambda: experiment.seed,
        "probabilities": lambda: read_learned(experiment.folder / "supernet", "probabilities"),
    }
    return {name: make() for name, make in available.items() if asks_for(experiment.algorithm, name)}


def chosen(experiment: Experiment) -> list[Candidate]:
    """The networks of highest reward, best first; without one those at equal distance along the front."""
    space, folder = experiment.space, experiment.folder / "search"
    if experiment.maximizes_reward:
        evaluations = read_evaluations(folder / RANKING)[: experiment.choose]
    else:
        evaluations = equally_spaced(read_front(folder), experiment.choose)
    return [
        Candidate(replace(space.network(one.architecture), name=f"{space.name}-{number}"), one)
        for number, one in enumerate(evaluations, 1)
    ]
