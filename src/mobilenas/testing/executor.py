"""What every executor must do: it gives one score for each architecture, and raises the evaluator's errors."""

from __future__ import annotations

from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator import Evaluator
from mobilenas.executor import Executor
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

ARCHITECTURES: list[Architecture] = [(0, 1), (2, 0), (0, 1), (1, 1)]


def examples() -> dict[str, Example]:
    """The executors of ``conf/executor``; one whose package is not installed is named and skipped."""
    return {name: _example(name) for name in names("executor")}


class Counting(Evaluator):
    """Scores by arithmetic; a negative option is an error."""

    @property
    def context(self) -> str:
        return "counting"

    def score(self, architecture: Architecture) -> Score:
        if min(architecture) < 0:
            raise LookupError("no such option")
        return Score(architecture, sum(architecture) / 10)


def every_architecture_is_scored_once(executor: Executor) -> None:
    with executor.open() as pool:
        scores = list(pool.evaluate(Counting(), ARCHITECTURES))
    expected = {architecture: sum(architecture) / 10 for architecture in ARCHITECTURES}
    expect({one.architecture: one.accuracy for one in scores} == expected, f"{_name(executor)} gives {scores}.")
    expect(len(scores) == len(expected), f"{_name(executor)} scores an architecture twice.")


def it_can_be_used_again(executor: Executor) -> None:
    with executor.open() as pool:
        for _ in range(2):
            expect(len(list(pool.evaluate(Counting(), ARCHITECTURES))) == 3, f"{_name(executor)} works once only.")


def an_error_of_the_evaluator_is_raised_as_it_is(executor: Executor) -> None:
    with executor.open() as pool:
        try:
            list(pool.evaluate(Counting(), [(-1, 0)]))
        except LookupError as error:
            expect("no such option" in str(error), f"{_name(executor)} raises {error!r} in place of the error.")
        else:
            expect(False, f"{_name(executor)} swallows an error of the evaluator.")


CHECKS = (
    every_architecture_is_scored_once,
    it_can_be_used_again,
    an_error_of_the_evaluator_is_raised_as_it_is,
)


def _example(name: str) -> Example:
    try:
        return Example(settings_with(f"executor={name}").executor)
    except ValueError as error:
        return Example(None, str(error))


def _name(executor: Executor) -> str:
    return type(executor).__name__
