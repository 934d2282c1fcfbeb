"""Random search: distinct, uniform, in batches."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from mobilenas.algorithm import RandomSearch, Search
from mobilenas.evaluation import Evaluation
from mobilenas.objective import ParetoObjective
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]

OBJECTIVE = ParetoObjective(maximize={"accuracy": 0.5}, minimize={"latency_ms": 0.5})


def test_no_architecture_is_asked_for_twice(space: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    told = drive(begin(RandomSearch(samples=500, batch=70), space, OBJECTIVE), separable(space))
    assert len({space.check(one.architecture) for one in told}) == len(told) == 500


def test_batches_have_the_stated_size_but_for_the_last(space: LayerwiseSpace, separable: Toy) -> None:
    search, toy, sizes = begin(RandomSearch(samples=25, batch=10), space, OBJECTIVE), separable(space), []
    while asked := search.ask():
        sizes.append(len(asked))
        search.tell([toy.evaluate(architecture) for architecture in asked])
    assert sizes == [10, 10, 5]


def test_every_option_is_as_likely_as_another(space: LayerwiseSpace) -> None:
    asked = np.array(begin(RandomSearch(samples=6000, batch=6000), space, OBJECTIVE).ask())
    shares = np.stack([(asked == option).mean(axis=0) for option in range(12)])
    # 6 standard deviations of a share of 1/12
    assert np.abs(shares - 1 / 12).max() < 6 * np.sqrt(1 / 12 * 11 / 12 / 6000)


def test_a_small_space_is_asked_for_as_a_whole(tiny: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    search = begin(RandomSearch(), tiny, OBJECTIVE)
    assert search.budget == 5
    assert sorted(one.architecture for one in drive(search, separable(tiny))) == [(0,), (1,), (2,), (3,), (4,)]
    assert search.ask() == []


def test_the_seed_decides(space: LayerwiseSpace) -> None:
    asked = [begin(RandomSearch(), space, OBJECTIVE, seed).ask() for seed in (1, 1, 2)]
    assert asked[0] == asked[1] != asked[2]


def test_the_front_is_of_all_that_was_told(space: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    search = begin(RandomSearch(samples=300), space, OBJECTIVE)
    assert search.front() == []
    told = drive(search, separable(space))
    front = search.front()
    assert all(one.accuracy < other.accuracy for one, other in pairwise(front))
    for one in told:
        assert any(other.accuracy >= one.accuracy and other.latency_ms <= one.latency_ms for other in front)


def test_evaluations_of_other_architectures_are_refused(space: LayerwiseSpace, separable: Toy) -> None:
    search = begin(RandomSearch(batch=3), space, OBJECTIVE)
    with pytest.raises(ValueError, match="keep the order"):
        search.tell([separable(space).evaluate(architecture) for architecture in search.ask()[::-1]])


@pytest.mark.parametrize("settings", [{"samples": 0}, {"batch": 0}])
def test_less_than_one_sample_is_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{min(settings)} must be a whole number, 1 or more, not 0"):
        RandomSearch(**settings)
