"""What a part is given: what its class declares, made when it is asked for, and once."""

from typing import Any, ClassVar

import pytest

from mobilenas.settings import SEED, Given, Need, given

LATENCY: Need[float] = Need("latency")
TABLE: Need[list[int]] = Need("table")


class Part:
    """Needs two things."""

    needs: ClassVar[tuple[Need[Any], ...]] = (SEED, TABLE)


def _makers(made: list[str]) -> Given:
    def table() -> list[int]:
        made.append("table")
        return [1, 2]

    def latency() -> float:
        made.append("latency")
        return 3.0

    return Given({SEED: lambda: 7, TABLE: table, LATENCY: latency})


def test_nothing_is_made_before_it_is_asked_for_and_then_once() -> None:
    made: list[str] = []
    things = _makers(made)
    assert made == []
    first = things[TABLE]
    assert things[TABLE] is first
    assert made == ["table"]


def test_a_part_is_given_what_it_declares_and_nothing_else() -> None:
    made: list[str] = []
    own = _makers(made).only(Part.needs)
    assert (own[SEED], own[TABLE]) == (7, [1, 2])
    with pytest.raises(KeyError, match="'latency' is not given here: name it in the class's `needs`"):
        own[LATENCY]
    assert made == ["table"]


def test_what_two_parts_need_is_made_once_for_both() -> None:
    made: list[str] = []
    things = _makers(made)
    assert things.only((TABLE,))[TABLE] is things.only(Part.needs)[TABLE]
    assert made == ["table"]


def test_what_a_run_does_not_have_is_refused_where_it_is_asked_for() -> None:
    own = given((SEED, 3)).only(Part.needs)
    assert own[SEED] == 3
    with pytest.raises(KeyError, match="'table' is not given"):
        own[TABLE]


def test_nothing_can_be_added_to_what_was_given() -> None:
    things = given((SEED, 3))
    with pytest.raises(TypeError):
        things[SEED] = 4  # type: ignore[index]


def test_needs_of_one_name_are_one_need() -> None:
    assert Need("seed") == SEED and hash(Need("seed")) == hash(SEED)
    assert Need("latency") != SEED
