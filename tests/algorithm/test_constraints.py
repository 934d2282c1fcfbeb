"""A latency that is a soft constraint against one that is a hard one, on a model of accuracy (MnasNet Fig. 6)."""

import numpy as np
import pytest

from bench.constraints import CONSTRAINTS, TARGET_MS, sampled_ms
from mobilenas.search_space import mnasnet


@pytest.mark.slow
def test_a_hard_constraint_keeps_the_samples_below_the_target_and_a_soft_one_spreads_them_about_it() -> None:
    space = mnasnet()
    hard, soft = (np.array(sampled_ms(space, exponents, seed=0, samples=800)) for exponents in CONSTRAINTS.values())
    assert np.mean(hard > TARGET_MS) < 0.25
    assert np.mean(hard > 0.6 * TARGET_MS) > 0.7
    assert np.median(soft) == pytest.approx(TARGET_MS, rel=0.15)
    assert np.mean(soft > 1.2 * TARGET_MS) > 2 * np.mean(hard > 1.2 * TARGET_MS)
