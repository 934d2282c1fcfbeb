"""Architectures drawn from a learned distribution."""

from collections.abc import Sequence

import numpy as np
import pytest

from mobilenas.algorithm import PROBABILITIES, Sampled, Search
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, given

BEST = (0, 3, 11, 5, 6, 1)
LEARNED = [[0.02] * option + [0.78] + [0.02] * (11 - option) for option in BEST]


def begin(
    space: LayerwiseSpace, seed: int = 0, samples: int = 6, learned: Sequence[Sequence[float]] = LEARNED
) -> Search:
    return Sampled(samples).search(space, given((PROBABILITIES, learned), (SEED, seed)))


def _evaluation(architecture: Architecture, number: int) -> Evaluation:
    return Evaluation(architecture, [0.5, 0.9, 0.7][number % 3], [1.0, 2.0, 3.0][number % 3], 2, 3)


def test_it_asks_for_the_most_probable_and_for_distinct_draws(space: LayerwiseSpace) -> None:
    asked = begin(space, seed=0).ask()
    assert asked[0] == BEST
    assert len(set(asked)) == len(asked) == 7
    assert begin(space, seed=0).ask() == asked != begin(space, seed=1).ask()


def test_draws_follow_the_probabilities(space: LayerwiseSpace) -> None:
    drawn = begin(space, samples=3000).ask()[1:]
    shares = [np.mean([one[block] != option for one in drawn]) for block, option in enumerate(BEST)]
    assert all(share > 0.22 for share in shares)  # equal draws, which are asked for once, are those near the best
    certain = [[float(index == option) for index in range(12)] for option in BEST]
    assert begin(space, learned=certain).ask() == [BEST]


def test_its_front_are_the_evaluations_that_no_other_one_beats(space: LayerwiseSpace) -> None:
    search = begin(space, samples=2)
    told = [_evaluation(architecture, number) for number, architecture in enumerate(search.ask())]
    search.tell(told)
    assert search.ask() == []
    assert search.front() == told[:2]


def test_a_negative_number_of_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="samples must be a whole number, 0 or more, not -1"):
        Sampled(samples=-1)
