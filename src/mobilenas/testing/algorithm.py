"""What every search algorithm must do: it asks for architectures, learns only from what it is told, and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.algorithm import OBJECTIVE, Algorithm, Search
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.objective import ParetoObjective, Reward
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect
from mobilenas.testing.toy_search import begin, objectives_of, plane_of, toy_evaluation, toy_space

MOST_ASKS = 500


def examples() -> dict[str, Example]:
    """The algorithms of ``conf/algorithm``; NetAdapt, which searches no space, is none."""
    found = {name: settings_with(f"algorithm={name}").algorithm for name in names("algorithm")}
    return {name: Example(one) for name, one in found.items() if isinstance(one, Algorithm)}


def what_it_asks_are_architectures(algorithm: Algorithm) -> None:
    space = toy_space()
    for asked, _ in _played(begin(algorithm)):
        for architecture in asked:
            space.check(architecture)


def it_asks_the_same_until_it_is_told(algorithm: Algorithm) -> None:
    search = begin(algorithm)
    expect(search.ask() == search.ask(), f"{_name(algorithm)} draws other architectures when it is asked again.")


def it_ends_within_its_budget(algorithm: Algorithm) -> None:
    search = begin(algorithm)
    asked = sum(len(architectures) for architectures, _ in _played(search))
    expect(search.ask() == [], f"{_name(algorithm)} still asks after {MOST_ASKS} batches.")
    expect(0 < asked <= search.budget, f"{_name(algorithm)} asked for {asked}, and its budget is {search.budget}.")


def told_the_same_it_asks_the_same(algorithm: Algorithm) -> None:
    """A search that was stopped is told again what the store holds, and goes on as if it had not been stopped."""
    batches = list(_played(begin(algorithm)))
    for stop in {0, len(batches) // 2, len(batches)}:
        resumed = begin(algorithm)
        for asked, told in batches[:stop]:
            expect(resumed.ask() == asked, f"{_name(algorithm)} asks for others after a resume.")
            resumed.tell(told)
        expected = batches[stop][0] if stop < len(batches) else []
        expect(resumed.ask() == expected, f"{_name(algorithm)} asks for others after a resume.")


def its_front_is_what_no_other_one_beats(algorithm: Algorithm) -> None:
    search, told = begin(algorithm), dict[Architecture, Evaluation]()
    expect(search.front() == [], f"{_name(algorithm)} has a front before it was told anything.")
    for _, evaluations in _played(search):
        told |= {one.architecture: one for one in evaluations}
    front, best = search.front(), _unbeaten(list(told.values()), plane_of(algorithm))
    for one in best:
        expect(one in front, f"{_name(algorithm)}: its front lacks {one.architecture}, which no other one beats.")
    for one in front:
        expect(one in best, f"{_name(algorithm)}: {one.architecture} of its front is beaten by another one.")
    by_latency = sorted(front, key=lambda one: one.latency_ms)
    expect(front == by_latency and len(front) == len(best), f"{_name(algorithm)}: its front must rise in latency.")


def what_it_chooses_are_its_best(algorithm: Algorithm) -> None:
    """Along its front, from its fastest to its most accurate network; or the highest rewards, best first."""
    for objective in objectives_of(algorithm):
        search = begin(algorithm, objective)
        told = {one.architecture: one for _, batch in _played(search) for one in batch}
        front = search.front()
        best = max(front, key=lambda one: one.accuracy)
        rewards = isinstance(objective, Reward) and OBJECTIVE in algorithm.needs
        for count in (1, 2, 3):
            chosen = search.chosen(count)
            expect(0 < len(chosen) <= count, f"{_name(algorithm)} chooses {len(chosen)} of {count} architectures.")
            if rewards:
                assert isinstance(objective, Reward)
                reward = [objective.reward(one.accuracy, one.latency_ms) for one in (*chosen, *told.values())]
                highest = sorted(reward[len(chosen) :], reverse=True)[: len(chosen)]
                expect(reward[: len(chosen)] == highest, f"{_name(algorithm)} must choose the highest rewards first.")
                continue
            expect(all(one in front for one in chosen), f"{_name(algorithm)} chooses one that is not on its front.")
            expect(count < 2 or best in chosen, f"{_name(algorithm)} must choose the most accurate of its front.")


def failures_are_never_chosen(algorithm: Algorithm) -> None:
    """Architectures whose options have an odd sum fail, whenever they are asked for."""
    search = begin(algorithm)
    for _ in range(MOST_ASKS):
        search.tell([_failed(one) if _fails(one) else toy_evaluation(one) for one in search.ask()])
    for one in (*search.front(), *search.chosen(5)):
        expect(not _fails(one.architecture), f"{_name(algorithm)} has chosen {one.architecture}, which failed.")


def what_was_not_asked_for_is_refused(algorithm: Algorithm) -> None:
    search = begin(algorithm)
    asked = search.ask()
    for wrong in ([], [toy_evaluation(_another(one)) for one in asked]):
        try:
            search.tell(wrong)
        except ValueError:
            continue
        expect(False, f"{_name(algorithm)} takes {len(wrong)} evaluations that it has not asked for.")


CHECKS: tuple[Callable[[Algorithm], None], ...] = (
    what_it_asks_are_architectures,
    it_asks_the_same_until_it_is_told,
    it_ends_within_its_budget,
    told_the_same_it_asks_the_same,
    its_front_is_what_no_other_one_beats,
    what_it_chooses_are_its_best,
    failures_are_never_chosen,
    what_was_not_asked_for_is_refused,
)


def _played(search: Search) -> Sequence[tuple[list[Architecture], list[Evaluation]]]:
    """All that is asked and told until the search ends."""
    batches: list[tuple[list[Architecture], list[Evaluation]]] = []
    while (asked := search.ask()) and len(batches) < MOST_ASKS:
        told = [toy_evaluation(one) for one in asked]
        batches.append((asked, told))
        search.tell(told)
    return batches


def _unbeaten(evaluations: Sequence[Evaluation], plane: ParetoObjective) -> list[Evaluation]:
    figures = plane.matrix(evaluations)
    pairs = zip(evaluations, figures, strict=True)
    return [one for one, own in pairs if not any(_beats(other, own) for other in figures)]


def _beats(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """No worse in any figure, and better in some."""
    return bool((one <= other).all() and (one < other).any())


def _fails(architecture: Architecture) -> bool:
    return sum(architecture) % 2 == 1


def _failed(architecture: Architecture) -> Evaluation:
    return Evaluation(architecture, 0.0, toy_evaluation(architecture).latency_ms, 1000, 100, failure="diverged")


def _another(architecture: Architecture) -> Architecture:
    return ((architecture[0] + 1) % 3, *architecture[1:])


def _name(algorithm: Algorithm) -> str:
    return type(algorithm).__name__
