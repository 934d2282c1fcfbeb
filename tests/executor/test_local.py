"""Trials in processes of this machine: their scores, also when a process dies."""

import multiprocessing
import pickle
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
import torch

from mobilenas.cores import available_cores
from mobilenas.executor import LocalExecutor
from mobilenas.executor.trial_groups import trial_groups
from tests.executor.trials import ARCHITECTURES, Reader, Together, Toy, gone, score, supernet_evaluator

VICTIM = ARCHITECTURES[4]


def test_processes_return_what_one_alone_does() -> None:
    evaluator = supernet_evaluator()
    with LocalExecutor().open() as alone, LocalExecutor(processes=2).open() as several:
        expected = {one.architecture: one for one in alone.evaluate(evaluator, ARCHITECTURES)}
        found = {one.architecture: one for one in several.evaluate(evaluator, ARCHITECTURES)}
    assert list(expected) == ARCHITECTURES
    assert len({one.accuracy for one in expected.values()}) > 1
    assert found == expected


def test_a_pickled_evaluator_scores_alike() -> None:
    evaluator = supernet_evaluator()
    copied = pickle.loads(pickle.dumps(evaluator))
    assert copied.context == evaluator.context
    assert copied.score(VICTIM) == evaluator.score(VICTIM)


def test_trials_leave_the_threads_of_this_process_alone(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    list(LocalExecutor(threads=before + 1).open().evaluate(Toy(tmp_path), [VICTIM]))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("processes", [1, 2])
def test_equal_architectures_are_evaluated_once(processes: int, tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    with LocalExecutor(processes).open() as pool:
        assert list(pool.evaluate(toy, [VICTIM, VICTIM])) == [score(VICTIM)]
    assert toy.begun(VICTIM) == 1


def test_a_trial_whose_process_was_killed_is_run_again_alone(tmp_path: Path) -> None:
    toy = Toy(tmp_path, dies=VICTIM, times=2)
    with LocalExecutor(processes=2, retries=2).open() as pool:
        found = list(pool.evaluate(toy, ARCHITECTURES))
    assert sorted(one.architecture for one in found) == ARCHITECTURES
    assert all(one == score(one.architecture) for one in found)
    assert {one: toy.begun(one) for one in ARCHITECTURES} == dict.fromkeys(ARCHITECTURES, 1) | {VICTIM: 3}


def test_a_trial_whose_process_always_dies_is_a_failure_and_the_others_succeed(tmp_path: Path) -> None:
    toy = Toy(tmp_path, dies=VICTIM, times=99)
    with LocalExecutor(processes=2, retries=1).open() as pool:
        found = {one.architecture: one for one in pool.evaluate(toy, ARCHITECTURES)}
    assert found.pop(VICTIM).failure == "its process died 2 times"
    assert found == {one: score(one) for one in ARCHITECTURES if one != VICTIM}
    assert toy.begun(VICTIM) == 2


def test_what_a_dead_process_has_left_of_its_group_is_run_again_one_by_one(tmp_path: Path) -> None:
    toy = Together(tmp_path, dies=VICTIM, times=99)
    with LocalExecutor(processes=2, retries=1).open() as pool:
        found = {one.architecture: one for one in pool.evaluate(toy, ARCHITECTURES[::-1])}
    assert found.pop(VICTIM).failure == "its process died 2 times"
    assert found == {one: score(one) for one in ARCHITECTURES if one != VICTIM}
    assert toy.begun(VICTIM) == 3
    assert {toy.begun(one) for one in ARCHITECTURES[:3]} == {1}


def test_groups_hold_each_architecture_once_and_neighbours_together(tmp_path: Path) -> None:
    shuffled = ARCHITECTURES[::2] + ARCHITECTURES[1::2]
    groups = trial_groups(Together(tmp_path), shuffled, 2)
    assert [len(one) for one in groups] == [3, 3, 3]
    assert [one for group in groups for one in group] == sorted(ARCHITECTURES)
    assert trial_groups(Together(tmp_path), [], 2) == []
    assert trial_groups(Toy(tmp_path), shuffled, 2) == [(one,) for one in shuffled]


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_of_the_evaluator_is_raised_as_it_is(processes: int, tmp_path: Path) -> None:
    toy = Toy(tmp_path, refused=VICTIM)
    with LocalExecutor(processes).open() as pool, pytest.raises(ValueError, match="is refused") as raised:
        list(pool.evaluate(toy, ARCHITECTURES))
    assert str(raised.value) == "(1, 1) is refused."
    assert toy.begun(VICTIM) == 1


def test_processes_work_on_for_the_next_trials_and_end_with_the_pool(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    with LocalExecutor(processes=2).open() as pool:
        for one in ARCHITECTURES:
            assert list(pool.evaluate(toy, [one])) == [score(one)]
        assert len(toy.processes()) == 1
    assert gone(toy.processes(), seconds=0)


def test_trials_that_nobody_waits_for_are_ended(tmp_path: Path) -> None:
    toy = Toy(tmp_path, hangs=VICTIM)
    others = [one for one in ARCHITECTURES if one != VICTIM]
    with LocalExecutor(processes=2).open() as pool:
        found = pool.evaluate(toy, [VICTIM, *others])
        assert isinstance(found, Generator)
        assert next(found) == score(others[0])
        hanging = _begun(toy)
        found.close()
        assert len(hanging) == 1
        assert gone(hanging, seconds=0)
        assert sorted(one.architecture for one in pool.evaluate(toy, others)) == others
    assert gone(toy.processes(), seconds=0)


def _begun(toy: Toy) -> set[int]:
    """The process that hangs, which may come up after the others have finished."""
    end = time.monotonic() + 60
    while not (found := toy.processes(VICTIM)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_processes_that_read_for_a_trial_end_with_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    thread = threading.Thread(target=_stop_when_reading, args=(reader,))
    with LocalExecutor(processes=2, retries=0).open() as pool:
        thread.start()
        assert next(pool.evaluate(reader, [VICTIM])).failure
    thread.join()
    assert len(reader.processes()) == min(2, available_cores())
    assert gone(reader.processes())


def _stop_when_reading(reader: Reader) -> None:
    end = time.monotonic() + 60
    while len(reader.processes()) < min(2, available_cores()) and time.monotonic() < end:
        time.sleep(0.05)
    for one in multiprocessing.active_children():
        one.kill()


def test_a_trial_that_takes_too_long_ends_in_a_sentence(tmp_path: Path) -> None:
    toy = Toy(tmp_path, hangs=VICTIM)
    with (
        LocalExecutor(processes=2, timeout_minutes=0.3).open() as impatient,
        pytest.raises(TimeoutError, match=r"No trial has finished for 0\.3 minutes: raise executor\.timeout_minutes"),
    ):
        list(impatient.evaluate(toy, ARCHITECTURES))
    assert gone(toy.processes())


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_timeout_out_of_its_range_is_refused(minutes: float) -> None:
    with pytest.raises(ValueError, match="LocalExecutor: timeout_minutes must be"):
        LocalExecutor(processes=2, timeout_minutes=minutes)


@pytest.mark.parametrize("setting", [{"processes": 0}, {"threads": 0}, {"retries": -1}, {"retries": 1.5}])
def test_a_setting_out_of_its_range_is_refused(setting: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=rf"LocalExecutor: {next(iter(setting))} must be a whole number"):
        LocalExecutor(**setting)
