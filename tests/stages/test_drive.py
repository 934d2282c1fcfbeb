"""The loop of a search: whatever is killed, whoever shares the store, no finished trial is lost or run twice."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mobilenas.algorithm import NSGA2, OBJECTIVE, RandomSearch, Search
from mobilenas.algorithm.random_search import UniformSearch
from mobilenas.evaluation import Architecture, Evaluation, Score, Store
from mobilenas.evaluator import Evaluator
from mobilenas.executor import Executor, LocalExecutor, RayExecutor, TrialPool
from mobilenas.hardware import Costs
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.search_space import MoGA
from mobilenas.settings import SEED, given
from mobilenas.stages.driving import Trials, drive
from tests.executor.trials import Toy, evaluation, gone
from tests.executor.trials import score as toy_score

SPACE = MoGA(width=0.25, stages=2, blocks=2, hidden=0.0625).space(10, 8)
GIVEN = given((OBJECTIVE, ACCURACY_LATENCY), (SEED, 0))


class Recorded(UniformSearch):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(RandomSearch(samples=20, batch=10), SPACE, ACCURACY_LATENCY, seed=0)
        self.told: list[Evaluation] = []

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        super().tell(evaluations)
        self.told.extend(evaluations)


class Overtaken(Evaluator):
    """Another process evaluates the same architecture meanwhile, and finds something else.

    Args:
        store: that both have
        latency_ms: of the architecture on the other's device, where it is not this one's
    """

    context = "toy"

    def __init__(self, store: Path, latency_ms: float | None = None) -> None:
        self._store, self._latency_ms = store, latency_ms

    def score(self, architecture: Architecture) -> Score:
        found = replace(evaluation(architecture), accuracy=0.875)
        with Store(self._store) as other:
            other.put("toy", replace(found, latency_ms=self._latency_ms or found.latency_ms))
        return toy_score(architecture)


def costs(architectures: Sequence[Architecture]) -> Costs:
    """Those of the toy's evaluations."""
    figures = [(one.latency_ms, one.params, one.macs) for one in map(evaluation, architectures)]
    latency_ms, params, macs = np.array(figures).T
    return Costs(latency_ms, params.astype(np.int64), macs.astype(np.int64))


def trials(evaluator: Evaluator, store: Store, pool: TrialPool) -> Trials:
    return Trials(evaluator, costs, store, pool)


def nsga2() -> Search:
    return NSGA2(population=10, generations=8).search(SPACE, GIVEN)


def random_search() -> Search:
    return RandomSearch(samples=60, batch=20).search(SPACE, GIVEN)


def local(processes: int) -> LocalExecutor:
    return LocalExecutor(processes, threads=1)


def in_ray(workers: int) -> RayExecutor:
    return RayExecutor(workers=workers)


def search(
    folder: Path, make: Callable[[], Search], where: Callable[[int], Executor], processes: int, seconds: float
) -> Search:
    """A search from its beginning, or from where it was killed."""
    algorithm = make()
    with Store(folder / "store.sqlite") as store, where(processes).open() as pool:
        drive(algorithm, trials(Toy(folder, seconds=seconds), store, pool))
    return algorithm


def start(
    folder: Path, make: Callable[[], Search], where: Callable[[int], Executor], processes: int, seconds: float
) -> multiprocessing.Process:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "mobilenas.executor.worker"])
    process = context.Process(target=search, args=(folder, make, where, processes, seconds))
    process.start()
    return process  # type: ignore[return-value]


def rows(folder: Path) -> list[Evaluation]:
    with Store(folder / "store.sqlite") as store:
        return store.all("toy")


def wait_for(folder: Path, count: int) -> None:
    end = time.monotonic() + 600  # Ray takes minutes to start on a busy machine
    while len(rows(folder)) < count and time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "where", "processes", "kills"),
    [
        (nsga2, local, 1, 5),
        (random_search, local, 2, 2),
        pytest.param(random_search, in_ray, 2, 5, marks=pytest.mark.skipif(not find_spec("ray"), reason="no Ray")),
    ],
)
def test_a_search_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    make: Callable[[], Search], where: Callable[[int], Executor], processes: int, kills: int, tmp_path: Path
) -> None:
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    calm.mkdir()
    killed.mkdir()
    expected = search(calm, make, local, processes=1, seconds=0.0)
    rng, before = np.random.default_rng(0), list[Evaluation]()
    for _ in range(kills):
        process = start(killed, make, where, processes, 0.05)
        wait_for(killed, len(before) + int(rng.integers(1, 7)))
        time.sleep(rng.uniform(0, 0.1))
        assert process.pid is not None
        finished = rows(killed)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert rows(killed)[: len(finished)] == finished
        assert len(before) < len(finished) < len(rows(calm))
        before = finished
    assert gone(Toy(killed).processes())
    found = search(killed, make, where, processes, seconds=0.0)
    assert found.front() == expected.front()
    assert sorted(map(repr, rows(killed))) == sorted(map(repr, rows(calm)))
    interrupted = kills * processes  # trials that ran when their search was killed
    assert sum(Toy(killed).begun(one.architecture) for one in rows(killed)) <= len(rows(killed)) + interrupted


def test_two_searches_share_one_store(tmp_path: Path) -> None:
    processes = [start(tmp_path, random_search, local, 1, 0.01) for _ in range(2)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    found = rows(tmp_path)
    assert len(found) == len({one.architecture for one in found}) == 60
    assert all(one == evaluation(one.architecture) for one in found)


def test_what_another_search_found_first_is_told(tmp_path: Path) -> None:
    algorithm = Recorded()
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor().open() as pool:
        drive(algorithm, trials(Overtaken(tmp_path / "store.sqlite"), store, pool))
        assert algorithm.told == store.all("toy")
    assert {one.accuracy for one in algorithm.told} == {0.875}


def test_what_another_device_s_search_found_first_is_told_with_this_one_s_costs(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store, LocalExecutor().open() as pool:
        told = drive(Recorded(), trials(Overtaken(path, latency_ms=1e6), store, pool))
        assert {one.latency_ms for one in store.all("toy")} == {1e6}
    assert told == [replace(evaluation(one.architecture), accuracy=0.875) for one in told]


def test_what_the_store_holds_is_not_evaluated_again(tmp_path: Path) -> None:
    for _ in range(2):
        search(tmp_path, random_search, local, processes=1, seconds=0.0)
    assert {Toy(tmp_path).begun(one.architecture) for one in rows(tmp_path)} == {1}


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_told_is_in_the_order_that_was_asked(processes: int, tmp_path: Path) -> None:
    algorithm = Recorded()
    asked = algorithm.ask()
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor(processes).open() as pool:
        drive(algorithm, trials(Toy(tmp_path), store, pool))
    assert [one.architecture for one in algorithm.told[:10]] == asked


@pytest.mark.parametrize("make", [nsga2, random_search])
def test_a_failure_is_kept_and_is_not_on_the_front(make: Callable[[], Search], tmp_path: Path) -> None:
    victim, algorithm = make().ask()[3], make()
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor(2, retries=0).open() as pool:
        drive(algorithm, trials(Toy(tmp_path, dies=victim, times=99), store, pool))
        assert [one.architecture for one in store.all("toy") if one.failure] == [victim]
    assert algorithm.front()
    assert not any(one.failure for one in algorithm.front())


def test_what_was_finished_is_kept_when_the_evaluator_raises(tmp_path: Path) -> None:
    asked = random_search().ask()
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor().open() as pool:
        with pytest.raises(ValueError, match="is refused"):
            drive(random_search(), trials(Toy(tmp_path, refused=asked[7]), store, pool))
        assert [one.architecture for one in store.all("toy")] == asked[:7]


def test_costs_are_asked_for_a_whole_batch_at_once(tmp_path: Path) -> None:
    batches = list[int]()

    def counted(architectures: Sequence[Architecture]) -> Costs:
        batches.append(len(architectures))
        return costs(architectures)

    with Store(tmp_path / "store.sqlite") as store, LocalExecutor().open() as pool:
        drive(Recorded(), Trials(Toy(tmp_path), counted, store, pool))
    assert batches == [10, 10]


def test_costs_are_this_run_s_whatever_the_store_holds(tmp_path: Path) -> None:
    """Another device's run has put half of what is asked for; an evaluation that fails has costs too."""
    algorithm = Recorded()
    asked = algorithm.ask()
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor(2, retries=0).open() as pool:
        for architecture in asked[::2]:
            store.put("toy", replace(evaluation(architecture), latency_ms=1e6, macs=7, params=7))
        told = drive(algorithm, trials(Toy(tmp_path, dies=asked[1], times=99), store, pool))
        assert [one.latency_ms for one in store.all("toy")[:5]] == [1e6] * 5
    expected = [evaluation(one.architecture) for one in told]
    assert [replace(one, accuracy=0.0, failure=None) for one in told] == [
        replace(one, accuracy=0.0) for one in expected
    ]
    assert told == algorithm.told
    assert [one.architecture for one in told if one.failure] == [asked[1]]


def test_an_architecture_that_is_asked_for_twice_is_evaluated_and_kept_once(tmp_path: Path) -> None:
    asked, expected = [(1, 2), (0, 1), (1, 2)], [evaluation((1, 2)), evaluation((0, 1))]
    with Store(tmp_path / "store.sqlite") as store, LocalExecutor().open() as pool:
        for _ in range(2):  # the second time, the store holds them
            assert list(trials(Toy(tmp_path), store, pool)(asked)) == expected
    assert Toy(tmp_path).begun((1, 2)) == 1


def test_each_round_tells_how_many_different_architectures_are_evaluated(tmp_path: Path) -> None:
    search, rounds = Recorded(), list[int]()
    with LocalExecutor().open() as pool, Store(tmp_path / "store.sqlite") as store:
        told = drive(search, trials(Toy(tmp_path), store, pool), lambda found: rounds.append(len(found)))
    first = {one.architecture for one in search.told[:10]}
    assert rounds == [len(first), len(told)]
