"""NetAdapt on random networks and random latency tables."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from mobilenas.adaptation import Adaptation, NetAdapt
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.search_space import MnasNet

SEEDS = range(4)


class World:
    """A random network of MnasNet's space, the costs of its layers, and the gains of its widths.

    Args:
        seed: of all of them
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        nets = MnasNet(width=0.5, stages=4, blocks=2, hidden=0.1, unstrided=2).space(10, 16)
        self.space = WidthSpace(nets.network(nets.sample(1, rng)[0].tolist()), divisor=2)
        self.speeds = rng.uniform(0.5, 5.0, len(self.space.seed.ops))
        self.gains = rng.uniform(0.0, 0.1, len(self.space.widths))
        self.asked: list[list[Evaluation]] = []

    def latency_ms(self, architecture: Architecture) -> float:
        """Of layers that take half as long again where the channels of their output are no multiple of 8."""
        layers = self.space.network(architecture).layers
        slow = [1.5 if layer.output.channels % 8 else 1.0 for layer in layers]
        return float(sum(0.1 + s * v * one.macs / 1e5 for s, v, one in zip(slow, self.speeds, layers, strict=True)))

    def largest(self, before: Evaluation, place: int, cut_ms: float) -> int | None:
        """The largest option of a width that alone saves ``cut_ms``."""
        options = range(before.architecture[place])[::-1]
        cut = (
            self.latency_ms((*before.architecture[:place], one, *before.architecture[place + 1 :])) for one in options
        )
        return next((one for one, ms in zip(options, cut, strict=True) if before.latency_ms - ms >= cut_ms), None)

    def latencies(self, architectures: Sequence[Architecture]) -> list[float]:
        return [self.latency_ms(architecture) for architecture in architectures]

    def evaluate(self, architecture: Architecture) -> Evaluation:
        shares = [option / count for option, count in zip(architecture, self.space.options, strict=True)]
        top1 = 0.2 + float(self.gains @ np.sqrt(shares)) / len(shares)
        return Evaluation(architecture, top1, self.latency_ms(architecture), 0, 0)

    def run(self, settings: NetAdapt) -> Adaptation:
        adaptation = Adaptation(settings, self.space, self.latencies)
        while asked := adaptation.ask():
            self.asked.append([self.evaluate(one) for one in asked])
            adaptation.tell(self.asked[-1])
        return adaptation


@pytest.mark.parametrize("decay", [1.0, 0.96])
@pytest.mark.parametrize("seed", SEEDS)
def test_each_width_has_its_largest_that_cuts_as_much_as_it_must(seed: int, decay: float) -> None:
    world = World(seed)
    path = world.run(NetAdapt(target_share=0.7, delta=0.02, decay=decay, divisor=2)).path
    assert len(path) > 3
    for step, (before, proposals) in enumerate(zip(path, world.asked[1:], strict=False)):
        cut_ms = 0.02 * decay**step * path[0].latency_ms
        largest = {place: world.largest(before, place, cut_ms) for place in range(len(world.space.widths))}
        expected = [
            (*before.architecture[:place], option, *before.architecture[place + 1 :])
            for place, option in largest.items()
            if option is not None
        ]
        assert [one.architecture for one in proposals] == expected
        assert all(before.latency_ms - one.latency_ms >= cut_ms for one in proposals)


METRICS: dict[str, Callable[[Evaluation, Evaluation], float]] = {
    "slope": lambda before, after: (after.accuracy - before.accuracy) / (before.latency_ms - after.latency_ms),
    "accuracy": lambda before, after: after.accuracy,
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_proposal_by_the_metric_is_taken(seed: int, metric: str) -> None:
    world = World(seed)
    path = world.run(NetAdapt(target_share=0.7, delta=0.02, metric=metric, divisor=2)).path  # type: ignore[arg-type]
    for before, after, proposals in zip(path, path[1:], world.asked[1:], strict=False):
        merits = {METRICS[metric](before, one): one for one in proposals}
        assert after == merits[max(merits)]


def test_what_the_table_is_off_by_does_not_add_up_over_the_steps() -> None:
    world = World(0)

    def whole_ms(architecture: Architecture) -> float:
        return 0.5 * world.latency_ms(architecture) + 0.1  # a step saves half of what the table predicts

    adaptation = Adaptation(NetAdapt(target_share=0.7, delta=0.02, divisor=2), world.space, world.latencies, whole_ms)
    proposed = []
    while asked := adaptation.ask():
        proposed.append(dict(zip(asked, adaptation.latencies(asked), strict=True)))
        adaptation.tell([replace(world.evaluate(one), latency_ms=ms) for one, ms in proposed[-1].items()])
    path = adaptation.path
    assert [one.latency_ms for one in path] == [whole_ms(one.architecture) for one in path]
    assert path[-1].latency_ms <= 0.7 * path[0].latency_ms < path[-2].latency_ms
    for before, proposals in zip(path, proposed[1:], strict=False):
        for one, ms in proposals.items():
            table_ms = world.latency_ms(one) - world.latency_ms(before.architecture)
            assert ms - before.latency_ms == pytest.approx(table_ms)
            assert before.latency_ms - ms >= 0.02 * path[0].latency_ms


@pytest.mark.parametrize("share", [0.9, 0.6])
@pytest.mark.parametrize("seed", SEEDS)
def test_it_ends_at_or_below_the_target_in_the_first_step_that_does(seed: int, share: float) -> None:
    adaptation = World(seed).run(NetAdapt(target_share=share, divisor=2))
    *before, last = [one.latency_ms for one in adaptation.path]
    assert adaptation.reached
    assert last <= share * before[0] == adaptation.target_ms < min(before)


def test_a_target_in_milliseconds_is_one() -> None:
    world = World(0)
    target_ms = 0.8 * world.latency_ms(world.space.widest)
    adaptation = world.run(NetAdapt(target_ms=target_ms, divisor=2))
    assert adaptation.path[-1].latency_ms <= target_ms == adaptation.target_ms


def test_it_says_when_nothing_more_can_be_taken_away() -> None:
    world = World(0)
    adaptation = world.run(NetAdapt(target_ms=1e-3, delta=0.02, divisor=2))
    assert not adaptation.reached
    assert adaptation.path[-1].latency_ms > 1e-3


def test_a_seed_that_is_fast_enough_stays_as_it_is() -> None:
    world = World(0)
    adaptation = world.run(NetAdapt(target_ms=1e6, divisor=2))
    assert [one.architecture for one in adaptation.path] == [world.space.widest]
    assert adaptation.reached


def test_told_the_same_again_it_takes_the_same_steps() -> None:
    settings = NetAdapt(target_share=0.7, delta=0.02, divisor=2)
    assert World(1).run(settings).path == World(1).run(settings).path


def test_a_failed_proposal_is_not_taken_and_one_that_is_left_is() -> None:
    world = World(0)
    adaptation = Adaptation(NetAdapt(target_share=0.9, delta=0.02, divisor=2), world.space, world.latencies)
    adaptation.tell([world.evaluate(one) for one in adaptation.ask()])
    first, *others = [world.evaluate(one) for one in adaptation.ask()]
    adaptation.tell([replace(first, accuracy=0.0), *(replace(one, accuracy=0.0, failure="diverged") for one in others)])
    assert adaptation.parent == first.architecture
    failed = [replace(world.evaluate(one), failure="diverged") for one in adaptation.ask()]
    with pytest.raises(
        ValueError, match=r"proposals failed\. The first failure: diverged\. Remove .*retry_failures=true"
    ):
        adaptation.tell(failed)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "give either target_ms, or target_share"),
        ({"target_ms": 1.0, "target_share": 0.5}, "give either"),
        ({"target_share": 1.5}, "target_share must be a number above 0 and below 1"),
        ({"target_share": 0}, "target_share must be a number above 0 and below 1"),
        ({"target_ms": 0}, "target_ms must be a number above 0"),
        ({"target_ms": 1.0, "delta": 0}, "delta must be a number above 0"),
        ({"target_ms": 1.0, "decay": 1.1}, "decay must be a number above 0 and at most 1"),
        ({"target_ms": 1.0, "metric": "best"}, "metric must be one of slope, accuracy, not 'best'"),
        ({"target_ms": 1.0, "divisor": 0}, "divisor must be a whole number, 1 or more"),
    ],
)
def test_an_impossible_setting_is_refused(settings: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        NetAdapt(**settings)  # type: ignore[arg-type]
