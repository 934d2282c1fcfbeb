"""The architecture that was learned."""

import pytest

from mobilenas.algorithm import PROBABILITIES, Derived
from mobilenas.evaluation import Evaluation
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import given

LEARNED = [[0.05] * option + [0.9] + [0.05] * (11 - option) for option in (0, 3, 11, 5, 6, 1)]


def test_it_asks_for_the_most_probable_path_once(space: LayerwiseSpace) -> None:
    search = Derived().search(space, given((PROBABILITIES, LEARNED)))
    assert search.ask() == search.ask() == [(0, 3, 11, 5, 6, 1)]
    search.tell([Evaluation((0, 3, 11, 5, 6, 1), 0.9, 1.0, 2, 3)])
    assert search.ask() == []
    assert [one.architecture for one in search.front()] == [(0, 3, 11, 5, 6, 1)]


def test_probabilities_of_another_space_are_refused(space: LayerwiseSpace) -> None:
    with pytest.raises(ValueError, match="belong to another search space than moga"):
        Derived().search(space, given((PROBABILITIES, LEARNED[:-1])))
