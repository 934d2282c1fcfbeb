"""Searches under limits: nothing beyond them is ever asked for."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from mobilenas.algorithm import COSTS, NSGA2, OBJECTIVE, Limits, RandomSearch
from mobilenas.algorithm.limits import Within
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.memory import memory_mb
from mobilenas.hardware.network_costs import cost_model
from mobilenas.hardware.profile import layers_of
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.search_space import MoGA, SearchSpace
from mobilenas.settings import SEED, Given, given

SMALL = MoGA(width=0.25, stages=1, hidden=0.25, unstrided=2).space(classes=10, resolution=16)
LARGE = MoGA().space()


def table(space: SearchSpace) -> LatencyTable:
    """The times of layers, which grow with their multiply-adds."""
    return LatencyTable({key: 0.01 + layer.macs / 1e8 for key, layer in layers_of(space).items()})


def things(space: SearchSpace, seed: int = 0) -> Given:
    return given((OBJECTIVE, ACCURACY_LATENCY), (SEED, seed), (COSTS, cost_model(space, table(space))))


def figures(space: SearchSpace, architecture: Architecture) -> dict[str, float]:
    """What a network takes, computed from its description alone."""
    network = space.network(architecture)
    size_mb = network.params * 4 / 1e6
    ms = table(space).latency_ms(network)
    counts = {"params": network.params, "macs": network.macs, "memory_mb": memory_mb(network)}
    return {"latency_ms": ms, "size_mb": size_mb} | counts


def play(settings: NSGA2 | RandomSearch, space: SearchSpace) -> list[Architecture]:
    """All architectures that a search asks for; the larger the network, the more accurate it is."""
    search, asked = settings.search(space, things(space)), list[Architecture]()
    while batch := search.ask():
        asked += batch
        told = [(one, figures(space, one)) for one in batch]
        search.tell(
            [
                Evaluation(one, facts["params"] / 1e8, facts["latency_ms"], int(facts["macs"]), int(facts["params"]))
                for one, facts in told
            ]
        )
    return asked


@pytest.mark.parametrize("figure", ["latency_ms", "params", "macs", "size_mb", "memory_mb"])
@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("kind", [NSGA2, RandomSearch])
def test_no_network_beyond_a_limit_is_asked_for(
    kind: type[NSGA2] | type[RandomSearch], share: float, figure: str
) -> None:
    drawn = [figures(LARGE, tuple(one))[figure] for one in LARGE.sample(500, np.random.default_rng(1)).tolist()]
    limit = float(np.quantile(drawn, share))
    limits = Limits(**{figure: limit})
    settings = NSGA2(10, 6, limits=limits) if kind is NSGA2 else RandomSearch(60, 10, limits=limits)
    asked = play(settings, LARGE)
    assert len(set(asked)) == len(asked) == 60
    assert all(figures(LARGE, one)[figure] <= limit for one in asked)


def test_limits_that_hardly_any_network_keeps_are_kept_too() -> None:
    costs = cost_model(LARGE, table(LARGE))
    smallest = tuple(
        min(range(count), key=lambda option, place=place: costs([_with(LARGE, place, option)]).latency_ms[0])
        for place, count in enumerate(LARGE.options)
    )
    limit = 1.02 * figures(LARGE, smallest)["latency_ms"]
    asked = play(NSGA2(6, 3, limits=Limits(latency_ms=limit)), LARGE)
    assert asked and all(figures(LARGE, one)["latency_ms"] <= limit for one in asked)


def _with(space: SearchSpace, place: int, option: int) -> Architecture:
    return tuple(option if other == place else 0 for other in range(len(space.options)))


def test_several_limits_are_kept_together() -> None:
    drawn = [figures(LARGE, tuple(one)) for one in LARGE.sample(200, np.random.default_rng(1)).tolist()]
    limits = Limits(
        latency_ms=float(np.quantile([one["latency_ms"] for one in drawn], 0.3)),
        size_mb=float(np.quantile([one["size_mb"] for one in drawn], 0.3)),
    )
    for settings in (NSGA2(8, 4, limits=limits), RandomSearch(32, 8, limits=limits)):
        found = [figures(LARGE, one) for one in play(settings, LARGE)]
        assert found and all(one["latency_ms"] <= limits.latency_ms for one in found)  # type: ignore[operator]
        assert all(one["size_mb"] <= limits.size_mb for one in found)  # type: ignore[operator]


def test_of_a_small_space_all_networks_within_the_limits_are_found() -> None:
    everything = list(product(*map(range, SMALL.options)))
    limit = float(np.median([figures(SMALL, one)["macs"] for one in everything]))
    right = {one for one in everything if figures(SMALL, one)["macs"] <= limit}
    for settings in (RandomSearch(10_000, 500), NSGA2(4, 50)):
        asked = play(_limited(settings, Limits(macs=limit)), SMALL)
        assert set(asked) <= right
        if isinstance(settings, RandomSearch):
            assert set(asked) == right and len(asked) == len(right)


def _limited(settings: NSGA2 | RandomSearch, limits: Limits) -> NSGA2 | RandomSearch:
    return replace(settings, limits=limits)


@pytest.mark.parametrize("space", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("settings", [NSGA2(4, 3), RandomSearch(12, 4)], ids=["nsga2", "random"])
def test_limits_that_no_network_keeps_are_one_sentence(settings: NSGA2 | RandomSearch, space: SearchSpace) -> None:
    with pytest.raises(
        ValueError, match=r"has no network within the limits latency_ms=0\.001: .* set higher limits\.$"
    ):
        play(_limited(settings, Limits(latency_ms=0.001)), space)


def test_without_limits_a_search_is_as_it_was() -> None:
    without = given((OBJECTIVE, ACCURACY_LATENCY), (SEED, 3))  # needs no costs
    for settings in (NSGA2(8, 3), RandomSearch(24, 8)):
        assert settings.search(LARGE, without).ask() == settings.search(LARGE, things(LARGE, 3)).ask()


def test_the_excess_is_the_sum_of_the_shares_beyond() -> None:
    within = Within(LARGE, {"params": 1e6, "macs": 1e8}, cost_model(LARGE, table(LARGE)))
    drawn: Sequence[Architecture] = [tuple(one) for one in LARGE.sample(5, np.random.default_rng(2)).tolist()]
    expected = [
        max(0, figures(LARGE, one)["params"] / 1e6 - 1) + max(0, figures(LARGE, one)["macs"] / 1e8 - 1) for one in drawn
    ]
    np.testing.assert_allclose(within.excess(drawn), expected, rtol=1e-12)
