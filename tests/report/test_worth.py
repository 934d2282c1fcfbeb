"""The worth of choices: exact milliseconds, and effects within their intervals as often as these say."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from mobilenas.evaluation import Evaluation
from mobilenas.hardware import LatencyTable
from mobilenas.report.option_latency import options_ms_of
from mobilenas.report.worth import LEAST, one_hot, worth_of
from mobilenas.search_space import LayerwiseSpace, MnasNet

OPTIONS = (4, 6, 3, 5, 4, 6)
TIMES_MS = tuple(tuple(0.1 * (1 + (one + 2) % count) for one in range(count)) for count in OPTIONS)


def evaluations(effects: list[np.ndarray], noise: float, count: int, rng: np.random.Generator) -> list[Evaluation]:
    """Architectures whose accuracy is the sum of their options' effects, with noise."""
    drawn = rng.integers(0, [len(one) for one in effects], (count, len(effects)))
    sums = sum(one[drawn[:, place]] for place, one in enumerate(effects))
    accuracy = np.clip(0.6 + sums + noise * rng.normal(size=count), 0, 1)
    return [
        Evaluation(tuple(one), float(value), 1.0, 1, 1) for one, value in zip(drawn.tolist(), accuracy, strict=True)
    ]


@pytest.mark.parametrize(("spread", "noise", "count"), [(0.02, 0.02, 150), (0.015, 0.03, 100), (0.03, 0.01, 60)])
def test_known_effects_lie_within_their_intervals_as_often_as_these_say(
    spread: float, noise: float, count: int
) -> None:
    """Of 95% intervals over up to 60 seeds and 22 differences each; drawn again, the share spreads by about 1%."""
    hits = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        effects = [spread * rng.normal(size=size) for size in OPTIONS]
        try:
            found = worth_of(TIMES_MS, evaluations(effects, noise, count, rng))
        except ValueError:  # of few evaluations with much noise the regression explains nothing
            continue
        for own_ms, own, options in zip(TIMES_MS, effects, found.options, strict=True):
            base = int(np.argmin(own_ms))
            hits += [
                abs(one.gain - (own[one.option] - own[base])) <= 1.96 * one.error
                for one in options
                if one.option != base
            ]
    assert len(hits) >= 50 * 22
    assert 0.92 <= np.mean(hits) <= 0.98


def test_with_many_evaluations_the_effects_are_the_known_ones() -> None:
    rng = np.random.default_rng(0)
    effects = [0.03 * rng.normal(size=size) for size in OPTIONS]
    found = worth_of(TIMES_MS, evaluations(effects, 0.005, 3000, rng))
    assert found.r2 > 0.95 and found.evaluations == 3000
    for own_ms, own, options in zip(TIMES_MS, effects, found.options, strict=True):
        base = int(np.argmin(own_ms))
        assert [one.gain for one in options] == pytest.approx((own - own[base]).tolist(), abs=2e-3)
        assert sum(one.count for one in options) == 3000


def test_the_effects_are_those_of_scikit_learn_s_ridge_at_some_penalty() -> None:
    rng = np.random.default_rng(1)
    told = evaluations([0.02 * rng.normal(size=size) for size in OPTIONS], 0.02, 120, rng)
    found = worth_of(TIMES_MS, told)
    table, accuracy = one_hot([one.architecture for one in told], OPTIONS), [one.accuracy for one in told]
    gains = [one.gain for options in found.options for one in options]
    bases = [int(np.argmin(one)) for one in TIMES_MS]

    def difference(penalty: float) -> float:
        effects = np.split(Ridge(penalty).fit(table, accuracy).coef_, np.cumsum(OPTIONS)[:-1])
        expected = [own - own[base] for own, base in zip(effects, bases, strict=True)]
        return float(np.abs(np.concatenate(expected) - gains).max())

    assert min(difference(penalty) for penalty in np.logspace(-2, 5, 29)) < 1e-9


def test_the_milliseconds_are_those_between_two_networks_that_differ_in_one_choice(space: LayerwiseSpace) -> None:
    rng = np.random.default_rng(2)
    keys = {layer.key for layer in space.pieces if layer.takes_time}
    rows = {key: float(ms) for key, ms in zip(sorted(keys), rng.uniform(0.1, 1, len(keys)), strict=True)}
    table = LatencyTable(rows, overhead_ms=0.03, factor=0.9, corrections=dict.fromkeys(list(rows)[::3], 0.01))
    told = [
        Evaluation(tuple(one), 0.5 + 0.01 * one[0] + 0.001 * sum(one), 1.0, 1, 1)
        for one in space.sample(100, rng).tolist()
    ]
    found = worth_of(options_ms_of(space, table), told)
    around = space.sample(1, rng)[0].tolist()
    assert len(found.options) == len(space.options)
    for place, options in enumerate(found.options):
        times = []
        for option in range(space.options[place]):
            one = [*around[:place], option, *around[place + 1 :]]
            times.append(table.latency_ms(space.network(one)))
        assert [one.cost_ms for one in options] == pytest.approx([ms - min(times) for ms in times], abs=1e-9)


def test_an_option_that_was_never_evaluated_has_the_widest_interval() -> None:
    rng = np.random.default_rng(3)
    told = evaluations([0.03 * rng.normal(size=size) for size in OPTIONS], 0.01, 400, rng)
    seen = [one for one in told if one.architecture[1] != 2]
    options = worth_of(TIMES_MS, seen).options[1]
    assert options[2].count == 0 and not options[2].is_clear
    assert options[2].error > 3 * max(one.error for one in options if one.count)


def test_the_fastest_option_is_what_the_others_are_compared_with() -> None:
    rng = np.random.default_rng(4)
    found = worth_of(TIMES_MS, evaluations([0.02 * rng.normal(size=size) for size in OPTIONS], 0.01, 200, rng))
    for options in found.options:
        (base,) = [one for one in options if one.cost_ms == 0]
        assert (base.gain, base.error, base.gain_per_ms, base.is_clear) == (0.0, 0.0, None, False)
        assert all(one.gain_per_ms == one.gain / one.cost_ms for one in options if one is not base)


def test_nothing_is_said_where_nothing_can_be_known() -> None:
    rng = np.random.default_rng(5)
    noise = evaluations([np.zeros(size) for size in OPTIONS], 0.05, 200, rng)
    with pytest.raises(ValueError, match=r"no better than their mean \(R² by cross-validation is -?0.0"):
        worth_of(TIMES_MS, noise)
    with pytest.raises(ValueError, match=f"there are {LEAST - 1} evaluations, fewer than {LEAST}"):
        worth_of(TIMES_MS, noise[: LEAST - 1])
    same = [Evaluation(one.architecture, 0.5, 1.0, 1, 1) for one in noise]
    with pytest.raises(ValueError, match="no better than their mean"):
        worth_of(TIMES_MS, same)
    with pytest.raises(ValueError, match="no sum over independent choices"):
        worth_of((), noise)
    assert options_ms_of(MnasNet().space(10, 32), LatencyTable({})) == options_ms_of(None, None) == ()


def test_of_very_many_evaluations_some_are_drawn() -> None:
    rng = np.random.default_rng(6)
    found = worth_of(TIMES_MS, evaluations([0.03 * rng.normal(size=size) for size in OPTIONS], 0.01, 12_000, rng))
    assert found.evaluations == 10_000
