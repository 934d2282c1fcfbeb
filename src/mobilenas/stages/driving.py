"""Drives a search: it asks, scores architectures that the store does not hold, and tells the evaluations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from mobilenas.algorithm import Search
from mobilenas.evaluation import Architecture, Evaluation, Score, Store
from mobilenas.evaluator import Evaluator
from mobilenas.executor import Executor, TrialPool
from mobilenas.hardware import Costs
from mobilenas.hardware.network_costs import CostModel
from mobilenas.progress import Progress
from mobilenas.stages.base import Run

OnTold = Callable[[Sequence[Evaluation]], None]
"""Takes the evaluations that a search was told until now, in the order of the first requests."""


@dataclass(frozen=True)
class Trials:
    """Evaluates architectures, each only once.

    Args:
        evaluator: scores the architectures
        costs: returns the costs of all requested architectures at once
        store: holds earlier evaluations
        pool: runs the trials
        retry_failures: whether architectures that the store holds as failures are scored again
    """

    evaluator: Evaluator
    costs: CostModel
    store: Store
    pool: TrialPool
    retry_failures: bool = False

    def __call__(self, asked: Sequence[Architecture]) -> Iterator[Evaluation]:
        """Yields the evaluations that the store holds, and then the others in the order in which they finish.

        A store that several runs share may hold the costs of other devices. The yielded costs are this run's.
        """
        different = list(dict.fromkeys(asked))
        place = {architecture: number for number, architecture in enumerate(different)}
        costs, context = self.costs(different), self.evaluator.context
        missing: list[Architecture] = []
        for architecture in different:
            kept = self.store.get(context, architecture)
            if kept is None or (self.retry_failures and kept.failure):
                missing.append(architecture)
            else:
                yield _at_cost(kept, costs, place[architecture])
        for score in self.pool.evaluate(self.evaluator, missing) if missing else ():
            number = place[score.architecture]
            kept = self.store.put(context, _at_cost(_unpriced(score), costs, number))
            yield _at_cost(kept, costs, number)


def drive(search: Search, trials: Trials, on_told: OnTold = lambda told: None) -> list[Evaluation]:
    """Asks, evaluates and tells until the search ends.

    It tells the evaluations that the store holds, so searches that share a store agree.

    Args:
        search: asks for architectures, and is told their evaluations
        trials: evaluates the architectures
        on_told: is called with all evaluations so far, each time that some were told

    Returns:
        the evaluation of each requested architecture, in the order of the first requests

    Raises:
        ValueError: all architectures of the first request have failed
    """
    told: dict[Architecture, Evaluation] = {}
    with Progress("search", search.budget, "architecture") as progress:
        best, failures = 0.0, 0
        while asked := search.ask():
            known: dict[Architecture, Evaluation] = {}
            for evaluation in trials(asked):
                known[evaluation.architecture] = evaluation
                best, failures = max(best, evaluation.accuracy), failures + (evaluation.failure is not None)
                progress.advance(f"best accuracy {best:.3f}" + (f", {failures} failed" if failures else ""))
            if failures == len(known) and not best and len(known) > 1:
                refuse(list(known.values()))
            search.tell([known[architecture] for architecture in asked])
            told |= {architecture: known[architecture] for architecture in asked}
            on_told(list(told.values()))
    return list(told.values())


def refuse(evaluations: Sequence[Evaluation]) -> NoReturn:
    """Raises ValueError: none of the evaluations has an accuracy."""
    first = str(evaluations[0].failure).rstrip(".")
    raise ValueError(
        f"All {len(evaluations)} architectures failed. The first failure: {first}. Remove"
        " the cause, then run the same command with retry_failures=true."
    )


def _unpriced(score: Score) -> Evaluation:
    return Evaluation(score.architecture, score.accuracy, latency_ms=0.0, macs=0, params=0, failure=score.failure)


def _at_cost(evaluation: Evaluation, costs: Costs, number: int) -> Evaluation:
    return replace(
        evaluation,
        latency_ms=float(costs.latency_ms[number]),
        macs=int(costs.macs[number]),
        params=int(costs.params[number]),
    )


def threads_of(run: Run, executor: Executor) -> int:
    """Returns the number of threads of torch in each trial."""
    import torch

    return executor.threads or run.threads or torch.get_num_threads()
