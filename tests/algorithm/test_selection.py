"""Which models are chosen from a front."""

import math

import pytest

from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Evaluation


def front(*points: tuple[float, float]) -> list[Evaluation]:
    """Evaluations at (latency, accuracy), numbered in the order given."""
    return [Evaluation((number,), accuracy, latency, 1, 1) for number, (latency, accuracy) in enumerate(points)]


def chosen(points: list[tuple[float, float]], count: int) -> list[int]:
    return [one.architecture[0] for one in equally_spaced(front(*points), count)]


LINE = [(10.0 + step, 0.5 + step / 100) for step in range(13)]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [6]),
        (2, [0, 12]),
        (3, [0, 6, 12]),
        (4, [0, 4, 8, 12]),
        (5, [0, 3, 6, 9, 12]),
        (7, [0, 2, 4, 6, 8, 10, 12]),
        (13, list(range(13))),
    ],
)
def test_members_on_a_line_are_chosen_evenly(count: int, expected: list[int]) -> None:
    assert chosen(LINE, count) == expected


def test_distance_is_along_the_curve() -> None:
    # a quarter of a circle: at equal angles, the latencies are not at equal distances
    angles = [math.pi / 2 * step / 100 for step in range(101)]
    points = [(1 - math.cos(angle), math.sin(angle)) for angle in angles]
    assert chosen(points, 5) == [0, 25, 50, 75, 100]


def test_units_do_not_matter() -> None:
    points = [(0.0, 0.0), (1.0, 0.5), (2.0, 0.7), (5.0, 0.8), (9.0, 0.85), (16.0, 0.9)]
    scaled = [(latency * 1000, accuracy / 10) for latency, accuracy in points]
    assert chosen(points, 3) == chosen(scaled, 3)


def test_members_dominated_in_the_plane_are_left_out() -> None:
    assert chosen([(1.0, 0.1), (2.0, 0.05), (3.0, 0.3), (4.0, 0.3), (5.0, 0.5)], 10) == [0, 2, 4]


def test_no_member_is_chosen_twice() -> None:
    clustered = [(0.0, 0.0), (0.01, 0.01), (0.02, 0.02), (0.03, 0.03), (1.0, 1.0)]
    assert chosen(clustered, 4) == [0, 2, 3, 4]


def test_both_ends_are_chosen_even_when_an_inner_point_is_nearer_to_one() -> None:
    assert {0, 5} <= set(chosen([(0.0, 0.0), (0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.31, 0.31), (1.0, 1.0)], 5))


def test_the_order_of_the_front_does_not_matter() -> None:
    assert chosen(LINE[::-1], 3) == [12, 6, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_all_are_chosen_where_there_are_fewer(count: int) -> None:
    assert chosen([(1.0, 0.5)], count) == [0]
    assert chosen([], count) == []


def test_members_at_the_same_point_are_chosen_once_each() -> None:
    assert len(set(chosen([(1.0, 0.5)] * 4, 3))) == 3


def test_no_model_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="At least 1 model"):
        equally_spaced(front(*LINE), 0)
