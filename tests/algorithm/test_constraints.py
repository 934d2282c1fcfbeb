"""A latency that is a soft constraint against one that is a hard one, on a model of accuracy (MnasNet Fig. 6)."""

import numpy as np
import pytest

from bench.constraints import CONSTRAINTS, TARGET_MS, sampled_ms
from mobilenas.search_space import MnasNet


# Of 20 seeds the hard one leaves .17 to .22 over the target and .70 to .88 over .6 of it; the soft one has 2.6 to
# 6.7 times as many far over it, and a median of 1.0 to 1.13 of the target.
@pytest.mark.slow
def test_a_hard_constraint_keeps_the_samples_below_the_target_and_a_soft_one_spreads_them_about_it() -> None:
    space = MnasNet().space()
    hard, soft = (
        np.concatenate([sampled_ms(space, exponents, seed, samples=800) for seed in range(3)])
        for exponents in CONSTRAINTS.values()
    )
    assert np.mean(hard > TARGET_MS) < 0.3
    assert np.mean(hard > 0.6 * TARGET_MS) > 0.6
    assert np.median(soft) == pytest.approx(TARGET_MS, rel=0.25)
    assert np.mean(soft > 1.2 * TARGET_MS) > 1.5 * np.mean(hard > 1.2 * TARGET_MS)
