"""Trials in Ray on this machine: the same scores, also when a process dies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobilenas.executor import LocalExecutor, RayExecutor, RayPool
from tests.executor.trials import ARCHITECTURES, Together, Toy, gone, score, supernet_evaluator

ray = pytest.importorskip("ray")
VICTIM = ARCHITECTURES[4]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def pool(home: Path) -> Iterator[RayPool]:
    with RayExecutor(workers=2, retries=1).open() as pool:
        yield pool
    assert not ray.is_initialized()


def test_tasks_return_what_one_process_does(pool: RayPool) -> None:
    evaluator = supernet_evaluator()
    expected = {one.architecture: one for one in LocalExecutor(threads=1).open().evaluate(evaluator, ARCHITECTURES)}
    assert {one.architecture: one for one in pool.evaluate(evaluator, ARCHITECTURES)} == expected


def test_no_token_is_left_in_the_home_folder(pool: RayPool, home: Path) -> None:
    assert ray.is_initialized()
    assert not (home / ".ray").exists()


def test_a_trial_whose_process_was_killed_is_run_again_alone(pool: RayPool, tmp_path: Path) -> None:
    toy = Toy(tmp_path, dies=VICTIM, times=1)
    found = list(pool.evaluate(toy, ARCHITECTURES))
    assert sorted(one.architecture for one in found) == ARCHITECTURES
    assert all(one == score(one.architecture) for one in found)
    assert {one: toy.begun(one) for one in ARCHITECTURES} == dict.fromkeys(ARCHITECTURES, 1) | {VICTIM: 2}


def test_a_trial_whose_process_always_dies_is_a_failure_and_the_others_succeed(pool: RayPool, tmp_path: Path) -> None:
    found = {one.architecture: one for one in pool.evaluate(Toy(tmp_path, dies=VICTIM, times=99), ARCHITECTURES)}
    assert found.pop(VICTIM).failure == "its process died 2 times"
    assert found == {one: score(one) for one in ARCHITECTURES if one != VICTIM}


def test_what_a_dead_process_has_left_of_its_group_is_run_again_one_by_one(pool: RayPool, tmp_path: Path) -> None:
    toy = Together(tmp_path, dies=VICTIM, times=99)
    found = {one.architecture: one for one in pool.evaluate(toy, ARCHITECTURES[::-1])}
    assert found.pop(VICTIM).failure == "its process died 2 times"
    assert found == {one: score(one) for one in ARCHITECTURES if one != VICTIM}
    assert {toy.begun(one) for one in ARCHITECTURES[:3]} == {1}


def test_an_error_of_the_evaluator_is_raised_as_it_is(pool: RayPool, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^\(1, 1\) is refused.$") as raised:
        list(pool.evaluate(Toy(tmp_path, refused=VICTIM), ARCHITECTURES))
    assert type(raised.value) is ValueError


def test_a_running_ray_is_used_and_left_running(pool: RayPool, tmp_path: Path) -> None:
    with RayExecutor(workers=1).open() as guest:
        assert list(guest.evaluate(Toy(tmp_path), [VICTIM])) == [score(VICTIM)]
    assert ray.is_initialized()


def test_trials_that_find_no_room_end_in_a_sentence_at_once(pool: RayPool, tmp_path: Path) -> None:
    assert list(pool.evaluate(Toy(tmp_path), [VICTIM]))
    with (
        RayExecutor(gpus_per_trial=64).open() as crowded,
        pytest.raises(
            ValueError,
            match=r"needs 1 CPU and 64 GPU, but no machine of Ray has more than 2 CPU and \d+ GPU: set a smaller",
        ),
    ):
        list(crowded.evaluate(Toy(tmp_path), [VICTIM]))


def test_a_trial_that_takes_too_long_ends_in_a_sentence(pool: RayPool, tmp_path: Path) -> None:
    assert list(pool.evaluate(Toy(tmp_path), [VICTIM]))
    with (
        RayExecutor(timeout_minutes=0.01).open() as impatient,
        pytest.raises(TimeoutError, match=r"No trial has finished for 0\.01 minutes: raise executor\.timeout_minutes"),
    ):
        list(impatient.evaluate(Toy(tmp_path, seconds=3600), [VICTIM]))


def test_its_processes_end_with_the_pool(pool: RayPool, tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    list(pool.evaluate(toy, ARCHITECTURES))
    pool.close()
    assert gone(toy.processes())
