"""Settings check themselves when they are made, strictly, and are then as they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import FrozenInstanceError, field
from typing import Any, Literal

import pytest

from mobilenas.settings import (
    Count,
    Factor,
    Fraction,
    NonNegative,
    NonPositive,
    Positive,
    Probability,
    ProperShare,
    Share,
    aside,
    plain,
    settings,
)
from mobilenas.settings.typed import WRITE_A_PART, accepts

NAN, INF = float("nan"), float("inf")


@settings
class Inner:
    """Settings within others."""

    share: Share = 0.5


@settings
class Outer:
    """Settings of all kinds."""

    population: Positive
    inner: Inner = field(default_factory=Inner)
    names: tuple[str, ...] = ()
    lr: Factor | None = None
    folder: str = aside("here")
    workers: Count = aside(default=0)


@pytest.mark.parametrize(
    ("annotation", "right", "wrong"),
    [
        (bool, [True, False], [0, 1, "true", "flase", None, 0.0]),
        (int, [0, -3], [True, 1.0, "1", None, NAN]),
        (float, [0.5, 3, -2.0], [True, "0.5", None, NAN, INF, -INF]),
        (str, ["", "5"], [5, True, None, ["a"]]),
        (Positive, [1, 10**6], [0, -1, 1.0, True, "many", INF, 10**6 + 1, 10**100]),
        (Count, [0, 1], [-1, 0.0, False]),
        (Factor, [1e-9, 1, 2.5, 1e9], [0, 0.0, -1, True, NAN, INF, "abc", 1e300, 1e-300]),
        (NonNegative, [0, 0.0, 3], [-1e-9, NAN, INF, False]),
        (NonPositive, [0, -0.07], [1e-9, NAN, -INF, -101]),
        (Share, [0, 0.0, 0.999], [1, 1.0, -0.1, NAN]),
        (ProperShare, [0.1, 0.999], [0, 0.0, 1, NAN]),
        (Fraction, [0.01, 1, 1.0], [0, 1.01, NAN]),
        (Probability, [0, 0.5, 1], [-0.1, 1.1, NAN, True]),
        (Literal["a", "b"], ["a", "b"], ["c", 0, None, ["a"]]),
        (Positive | None, [1, None], [0, "null", False]),
        (Positive | Share, [2, 0.5, 0], [1.0, -1, True, "all"]),
        (tuple[str, ...], [(), ("a",), ["a", "b"]], ["abc", (1,), None, {"a": 1}]),
        (tuple[Positive, ...], [(), (1, 2), [3]], [(0,), (1.0,), (True,), 3, "12"]),
        (tuple[Share, Share], [(0, 0.5), [0.0, 0.999]], [(0.5,), (0.5, 1.0), (0.1, 0.2, 0.3), 0.5]),
        (Sequence[str], [["a"], ("a", "b")], ["abc", [1], 3]),
        (Mapping[str, NonNegative], [{}, {"top1": 0.5}], [{"top1": -1}, {"top1": "x"}, {1: 0.5}, ["top1"]]),
        (Inner, [Inner()], [{"share": 0.5}, None, "Inner", Inner]),
        (Inner | None, [Inner(), None], [0, {}]),
        (tuple[Inner, ...], [(), (Inner(),)], [(0,), Inner()]),
        (Callable[[], int], [int, len], [3, "len"]),
        (Any, [None, 3, "a", Inner()], []),
    ],
    ids=str,
)
def test_a_value_is_of_its_annotation_or_not_without_any_conversion(
    annotation: object, right: list[object], wrong: list[object]
) -> None:
    assert [value for value in right if not accepts(annotation, value)] == []
    assert [value for value in wrong if accepts(annotation, value)] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"population": 0}, "Outer: population must be a whole number, 1 or more, not 0."),
        ({"population": True}, "Outer: population must be a whole number, 1 or more, not true."),
        ({"population": 1.0}, "Outer: population must be a whole number, 1 or more, not 1.0."),
        ({"population": 1, "lr": 0}, "Outer: lr must be a number above 0 or null, not 0."),
        ({"population": 1, "names": "abc"}, "Outer: names must be a list of texts, not 'abc'."),
        ({"population": 1, "inner": None}, f"Outer: inner must be an Inner, not null{WRITE_A_PART}."),
        ({"population": 1, "inner": Outer(1)}, f"Outer: inner must be an Inner, not an Outer{WRITE_A_PART}."),
        ({"population": 1, "workers": -1}, "Outer: workers must be a whole number, 0 or more, not -1."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_value_is_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as refused:
        Outer(**given)
    assert str(refused.value) == said


def test_settings_within_settings_check_themselves() -> None:
    with pytest.raises(ValueError, match=r"^Inner: share must be a number from 0 to below 1, not 1\.$"):
        Outer(1, inner=Inner(1))


def test_an_annotation_that_is_not_imported_is_named() -> None:
    @settings
    class Strange:
        width: "Nowhere" = 1  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ValueError, match=r"Strange: name 'Nowhere' is not defined: import the annotations"):
        Strange()


def test_a_list_is_kept_as_a_tuple() -> None:
    @settings
    class Names:
        names: tuple[str, ...] = ()

    assert Names(["a", "b"]).names == ("a", "b")  # type: ignore[arg-type]
    assert hash(Names(["a"])) == hash(Names(("a",)))  # type: ignore[arg-type]


def test_settings_are_frozen_and_equal_by_value() -> None:
    one = Outer(3, names=("a",))
    with pytest.raises(FrozenInstanceError):
        one.population = 4  # type: ignore[misc]
    assert one == Outer(3, names=("a",)) and hash(one) == hash(Outer(3, names=("a",)))
    assert one != Outer(3)


def test_a_class_compares_its_fields_after_each_was_checked() -> None:
    @settings
    class Tournament:
        population: Positive
        sample: Positive

        def __post_init__(self) -> None:
            if self.sample > self.population:
                raise ValueError(f"Tournament: sample must be at most {self.population}, not {self.sample}.")

    assert Tournament(3, 2).sample == 2
    with pytest.raises(ValueError, match="at most 3"):
        Tournament(3, 4)
    with pytest.raises(ValueError, match="population must be a whole number"):
        Tournament("3", 4)  # type: ignore[arg-type]


def test_a_class_that_inherits_keeps_the_checks_of_both() -> None:
    @settings
    class Base:
        lr: Factor

        def __post_init__(self) -> None:
            if self.lr > 10:
                raise ValueError("lr is too large.")

    @settings
    class Special(Base):
        steps: Positive = 1

    with pytest.raises(ValueError, match=r"^Special: lr must be"):
        Special(0)
    with pytest.raises(ValueError, match=r"^Special: steps must be"):
        Special(1.0, 0)


def test_plain_settings_are_values_of_yaml_without_those_aside() -> None:
    made = Outer(3, Inner(0.25), ("a", "b"), folder="there", workers=4)
    assert plain(made) == {
        "is": "Outer",
        "population": 3,
        "inner": {"is": "Inner", "share": 0.25},
        "names": ["a", "b"],
        "lr": None,
    }
    assert plain(made) == plain(Outer(3, Inner(0.25), ("a", "b")))
    assert plain({"one": (Inner(),), 2: 3}) == {"one": [{"is": "Inner", "share": 0.5}], "2": 3}
