"""What holds for every search that maximizes a reward."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from mobilenas.algorithm import PPO, Algorithm, RandomSearch, RegularizedEvolution, Search, equally_spaced
from mobilenas.algorithm.rewarded import rewards
from mobilenas.evaluation import Evaluation
from mobilenas.objective import ACCURACY_LATENCY, LatencyLog, LatencyReward, ParetoObjective, Reward
from mobilenas.ops import Conv, Shape
from mobilenas.search_space import LayerwiseSpace, MnasNet, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]
Make = Callable[..., Algorithm]

REWARD = LatencyReward(300.0, -0.07, -0.07)
ALGORITHMS: dict[str, Make] = {
    "ppo": partial(PPO, hidden=8, epochs=2),
    "evolution": partial(RegularizedEvolution, population=30),
}
rewarded = pytest.mark.parametrize("make", ALGORITHMS.values(), ids=ALGORITHMS)
every = pytest.mark.parametrize("make", [*ALGORITHMS.values(), RandomSearch], ids=[*ALGORITHMS, "random"])


def fail(evaluation: Evaluation) -> Evaluation:
    """Without accuracy, and faster than all that succeeded."""
    return replace(evaluation, accuracy=0.0, latency_ms=0.0, failure="out of memory")


def drive_with_failures(search: Search, toy: Evaluates) -> list[Evaluation]:
    """Every architecture that begins with an even option fails."""
    told: list[Evaluation] = []
    while asked := search.ask():
        evaluations = [toy.evaluate(one) for one in asked]
        evaluations = [one if one.architecture[0] % 2 else fail(one) for one in evaluations]
        search.tell(evaluations)
        told += evaluations
    return told


def test_a_failure_is_rewarded_0() -> None:
    one = Evaluation((0,), 0.5, 300.0, 1, 1)
    assert rewards(REWARD, [one, fail(one)]) == [0.5, 0.0]


@every
def test_a_failure_is_neither_on_the_front_nor_among_the_best(
    make: Make, space: LayerwiseSpace, separable: Toy
) -> None:
    search = begin(make(samples=200), space, REWARD)
    told = drive_with_failures(search, separable(space))
    assert any(one.failure for one in told)
    succeeded = {one for one in told if one.failure is None}
    assert search.front() == ACCURACY_LATENCY.non_dominated(sorted(succeeded, key=lambda one: one.architecture))
    assert set(search.chosen(1000)) == succeeded


@every
def test_no_network_is_retrained_twice(make: Make, drive: Drive, separable: Toy) -> None:
    # where an option may change nothing
    nets = MnasNet(width=0.25, stages=1, blocks=1, hidden=0.25, unstrided=2).space(10, 8)
    search = begin(make(samples=200), nets, REWARD)
    told = drive(search, separable(nets))
    networks = [nets.network(one.architecture) for one in search.chosen(1000)]
    assert len(networks) == len(set(networks)) == len({nets.network(one.architecture) for one in told})
    assert len(networks) < len({one.architecture for one in told})


@every
def test_the_models_to_retrain_are_the_different_ones_of_the_highest_reward_best_first(
    make: Make, space: LayerwiseSpace, separable: Toy, drive: Drive
) -> None:
    search = begin(make(samples=200), space, REWARD)
    told = drive(search, separable(space))
    chosen = search.chosen(15)
    found = rewards(REWARD, chosen)
    assert len({one.architecture for one in chosen}) == 15
    assert all(one >= other for one, other in pairwise(found))
    assert found == sorted((REWARD.reward(one.accuracy, one.latency_ms) for one in set(told)), reverse=True)[:15]
    with pytest.raises(ValueError, match="At least 1 model"):
        search.chosen(0)


def test_random_search_for_a_front_chooses_along_it(space: LayerwiseSpace, separable: Toy, drive: Drive) -> None:
    search = begin(RandomSearch(samples=200), space, ACCURACY_LATENCY)
    drive(search, separable(space))
    assert search.chosen(4) == equally_spaced(search.front(), 4)


@rewarded
@pytest.mark.parametrize("batch", [7, 20])
def test_a_search_that_is_told_the_same_again_continues_identically(
    make: Make, batch: int, space: LayerwiseSpace, separable: Toy
) -> None:
    toy, algorithm = separable(space), make(samples=200, batch=batch)
    undisturbed = begin(algorithm, space, REWARD, seed=3)
    asked = []
    while batch_asked := undisturbed.ask():
        asked.append(batch_asked)
        undisturbed.tell([toy.evaluate(one) for one in batch_asked])
    assert sum(map(len, asked)) == 200
    for stop in range(0, len(asked), 6):
        resumed = begin(algorithm, space, REWARD, seed=3)
        for before in asked[:stop]:
            assert resumed.ask() == resumed.ask() == before
            resumed.tell([toy.evaluate(one) for one in before])
        assert resumed.ask() == asked[stop]


@rewarded
def test_a_batch_has_the_stated_size_but_for_the_last(make: Make, space: LayerwiseSpace, separable: Toy) -> None:
    search, toy, sizes = begin(make(samples=130, batch=30), space, REWARD), separable(space), []
    while asked := search.ask():
        sizes.append(len(asked))
        search.tell([toy.evaluate(one) for one in asked])
    assert sizes == [30, 30, 30, 30, 10]


@rewarded
def test_an_architecture_that_is_asked_for_again_is_on_the_front_once(make: Make, separable: Toy, drive: Drive) -> None:
    options = tuple(Conv(3, kernel=kernel) for kernel in (1, 3, 5))
    space = LayerwiseSpace("nine", Shape(3, 8, 8), (options, options))
    search = begin(make(samples=60, batch=6), space, REWARD)
    told = drive(search, separable(space))
    assert len(told) > len(set(told))
    assert len(search.front()) == len(set(search.front()))


@rewarded
@pytest.mark.parametrize("objective", [ACCURACY_LATENCY, LatencyLog(0.2, 0.6)])
def test_an_objective_that_is_no_reward_is_refused(
    make: Make, objective: Reward | ParetoObjective, space: LayerwiseSpace
) -> None:
    with pytest.raises(ValueError, match="maximizes a reward: choose objective=latency_reward, not"):
        begin(make(), space, objective)


@rewarded
def test_a_space_without_a_decision_is_refused(make: Make) -> None:
    with pytest.raises(ValueError, match="fixed has none: choose another search space"):
        begin(make(), LayerwiseSpace("fixed", Shape(3, 8, 8), ((Conv(8, kernel=3),),)), REWARD)


@rewarded
@pytest.mark.parametrize("name", ["samples", "batch"])
def test_less_than_one_sample_is_refused(make: Make, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a whole number, 1 or more, not 0"):
        make(**{name: 0})


@rewarded
def test_a_reward_that_is_no_number_is_refused(make: Make, space: LayerwiseSpace, separable: Toy) -> None:
    search = begin(make(batch=1), space, REWARD)
    (architecture,) = search.ask()
    evaluation = replace(separable(space).evaluate(architecture), accuracy=float("nan"))
    with pytest.raises(ValueError, match="must be a finite number, not nan"):
        search.tell([evaluation])
    assert search.ask() == [architecture]
