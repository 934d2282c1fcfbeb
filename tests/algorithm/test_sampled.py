"""Architectures drawn from a learned distribution."""

import numpy as np
import pytest

from mobilenas.algorithm import Sampled
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.search_space import LayerwiseSpace

BEST = (0, 3, 11, 5, 6, 1)
PROBABILITIES = [[0.02] * option + [0.78] + [0.02] * (11 - option) for option in BEST]


def _evaluation(architecture: Architecture, number: int) -> Evaluation:
    return Evaluation(architecture, [0.5, 0.9, 0.7][number % 3], [1.0, 2.0, 3.0][number % 3], 2, 3)


def test_it_asks_for_the_most_probable_and_for_distinct_draws(space: LayerwiseSpace) -> None:
    asked = Sampled(space, PROBABILITIES, 0).ask()
    assert asked[0] == BEST
    assert len(set(asked)) == len(asked) == 7
    assert Sampled(space, PROBABILITIES, 0).ask() == asked != Sampled(space, PROBABILITIES, 1).ask()


def test_draws_follow_the_probabilities(space: LayerwiseSpace) -> None:
    drawn = Sampled(space, PROBABILITIES, 0, samples=3000).ask()[1:]
    shares = [np.mean([one[block] != option for one in drawn]) for block, option in enumerate(BEST)]
    assert all(share > 0.22 for share in shares)  # equal draws, which are asked for once, are those near the best
    certain = [[float(index == option) for index in range(12)] for option in BEST]
    assert Sampled(space, certain, 0).ask() == [BEST]


def test_its_front_are_the_evaluations_that_no_other_one_beats(space: LayerwiseSpace) -> None:
    search = Sampled(space, PROBABILITIES, 0, samples=2)
    told = [_evaluation(architecture, number) for number, architecture in enumerate(search.ask())]
    search.tell(told)
    assert search.ask() == []
    assert search.front() == told[:2]


def test_a_negative_number_of_samples_is_refused(space: LayerwiseSpace) -> None:
    with pytest.raises(ValueError, match="samples must be 0 or more, not -1"):
        Sampled(space, PROBABILITIES, 0, samples=-1)
