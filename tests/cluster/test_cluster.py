"""The room in Ray's machines, and the one connection of a run."""

import pytest

from mobilenas.cluster import Cluster, check_one_address, room_for

MACHINES = [{"CPU": 7.0}, {"CPU": 16.0, "GPU": 2.0}, {"memory": 1e9}]


@pytest.mark.parametrize(
    ("cpus", "gpus", "expected"),
    [(1, 0, 7 + 16), (4, 0, 1 + 4), (0.5, 0, 14 + 32), (1, 1, 2), (10, 1, 1), (1, 0.25, 8), (17, 0, 0), (1, 3, 0)],
)
def test_a_process_must_fit_into_one_machine(cpus: float, gpus: float, expected: int) -> None:
    assert room_for(cpus, gpus, MACHINES) == expected


def test_the_parts_of_a_run_must_use_one_address() -> None:
    here, there = Cluster("executor", None, 2), Cluster("trainer", "10.0.0.1:6379", 2)
    check_one_address(())
    check_one_address((here, Cluster("trainer", None, 8)))
    with pytest.raises(ValueError, match=r"trainer\.address=10\.0\.0\.1:6379 and executor\.address=null: set the same"):
        check_one_address((there, here))
