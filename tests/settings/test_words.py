"""What an annotation asks for, and what settings are, in words."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Le, Len, Lt, MinLen

from mobilenas.settings import (
    Count,
    Factor,
    Fraction,
    NonEmpty,
    NonNegative,
    NonPositive,
    Positive,
    Probability,
    ProperShare,
    Share,
    settings,
)
from mobilenas.settings.words import described, in_words


@settings
class Engine:
    """An engine."""


@settings
class Search:
    """A search."""

    population: Positive = 70
    mutation_rate: float = 0.12345
    mutation: str = "hierarchical"
    hard: bool = False
    engine: Engine | None = None


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a text"),
        (None, "null"),
        (Positive, "a whole number, 1 or more"),
        (Count, "a whole number, 0 or more"),
        (Factor, "a number above 0"),
        (NonNegative, "a number, 0 or more"),
        (NonPositive, "a number, 0 or less"),
        (Share, "a number from 0 to below 1"),
        (ProperShare, "a number above 0 and below 1"),
        (Fraction, "a number above 0 and at most 1"),
        (Probability, "a number from 0 to 1"),
        (Annotated[float, Lt(3)], "a number below 3"),
        (Annotated[int, Ge(2), Le(9)], "a whole number from 2 to 9"),
        (Annotated[float, Gt(0.5)], "a number above 0.5"),
        (Annotated[str, Len(1)], "a non-empty text"),
        (NonEmpty, "a non-empty text"),
        (tuple[NonEmpty, ...], "a list of non-empty texts"),
        (bool | None, "true or false or null"),
        (str | None, "a text or null"),
        (None | Factor, "a number above 0 or null"),
        (Positive | None, "a whole number, 1 or more, or null"),
        (Positive | ProperShare, "a whole number, 1 or more, or a number above 0 and below 1"),
        (Positive | ProperShare | None, "a whole number, 1 or more, or a number above 0 and below 1, or null"),
        (Literal["a"], "a"),
        (Literal["a", "b"], "one of a, b"),
        (Literal["auto", True, False, None], "one of auto, true, false, null"),
        (Literal["a", "b"] | None, "one of a, b, or null"),
        (tuple[str, ...], "a list of texts"),
        (Annotated[tuple[int, ...], MinLen(1)], "a list of whole numbers, at least one"),
        (tuple[Share, Positive], "a list of two, a number from 0 to below 1 and a whole number, 1 or more"),
        (tuple[Share, Share], "a list of two numbers from 0 to below 1"),
        (Sequence[Positive], "a list of whole numbers, 1 or more"),
        (tuple[Literal["a", "b"], ...], "a list of any of a, b"),
        (tuple[bool, ...], "a list of values that are each true or false"),
        (Mapping[str, str], "a mapping from names to texts"),
        (Mapping[str, NonNegative], "a mapping from names to numbers, 0 or more"),
        (Engine, "an Engine"),
        (Search, "a Search"),
        (Search | Engine | None, "a Search or an Engine or null"),
    ],
    ids=str,
)
def test_an_annotation_is_said_in_words(annotation: object, words: str) -> None:
    assert in_words(annotation) == words


def test_settings_are_described_by_their_class_numbers_and_words() -> None:
    said = "Search: population 70, mutation rate 0.123, mutation hierarchical, hard false"
    assert described(Search(engine=Engine())) == said
    assert described(Engine()) == "Engine"
