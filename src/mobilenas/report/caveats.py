"""How far each figure of a report can be trusted, in one sentence each."""

from collections.abc import Iterator

from mobilenas.report.front_figure import frontier
from mobilenas.report.measure import REPEATS
from mobilenas.report.result import RunResult
from mobilenas.report.units import significant


def caveats(result: RunResult) -> list[str]:
    """What must be said beside the figures of this run."""
    return [*_latency(result), *_accuracy(result)]


def _latency(result: RunResult) -> Iterator[str]:
    if result.validation:
        count, rmse_ms = len(result.validation.measured_ms), result.validation.rmse_ms
        yield (
            "Predicted latencies are sums over layers. "
            f"For {count} random networks that were measured as a whole, they are off by "
            f"{significant(rmse_ms, 2)} ms ({result.validation.relative_rmse:.1%}), root mean square."
        )
    elif any(one.predicted_rmse_ms is not None for one in result.networks):
        yield "Predicted latencies are sums over layers; their error is what the table says of itself."
    elif any(one.predicted_ms is not None for one in result.networks):
        yield "Predicted latencies are sums over layers, whose error is not known: no network was measured."
    if result.images_a_run > 1:
        yield f"Every latency here is the time of one run with {result.images_a_run} images at once."
    if result.target_ms is not None:
        yield from _target(result, result.target_ms)
    if result.unmeasured:
        yield f"Measured latency is missing: {result.unmeasured}"
    elif any(one.measured_ms is not None for one in result.networks):
        yield (
            f"Measured latencies are the mean of {REPEATS} repetitions, with their standard deviation. They hold for "
            "this device and engine alone; another device can rank the networks differently."
        )
    if result.slowdown is not None:
        yield (
            f"When they were measured, the device took {result.slowdown:.2f} times as long as for the latency table. "
            "This is taken out, as seen from other networks that were measured then and now."
        )


def _target(result: RunResult, target_ms: float) -> Iterator[str]:
    if result.adapted:
        last_ms = min(one.latency_ms for one in result.front)
        beyond = "" if last_ms <= target_ms else ", and no width alone cuts enough"
        yield (
            f"NetAdapt's target was {significant(target_ms, 3)} ms: the network of its last step came to "
            f"{last_ms / target_ms:.0%} of it{beyond}."
        )
        if not result.unmeasured:
            yield "The networks that NetAdapt took were measured as a whole on the way; its proposals are predicted."
        return
    for one in result.networks:
        if one.predicted_ms is not None:
            yield (
                f"The target latency was {significant(target_ms, 3)} ms: {one.name} is predicted to take "
                f"{one.predicted_ms / target_ms:.0%} of it. The objective aims at it, and does not hold to it."
            )


def beyond_the_front(result: RunResult) -> int:
    """How many evaluated architectures no member of the front matches in accuracy and latency together."""
    curve = frontier(result.front)
    return sum(
        not any(one.latency_ms <= evaluation.latency_ms and one.top1 >= evaluation.top1 for one in curve)
        for evaluation in result.evaluations
    )


def _accuracy(result: RunResult) -> Iterator[str]:
    if result.evaluations:
        yield (
            "The search's accuracy is a score by shared weights or by a short training. It ranks architectures for the "
            "search, and is not what they reach in a full training; how well it ranks was not measured in this run."
        )
    if any(one.test_top1 is not None for one in result.networks):
        yield (
            f"Test accuracy is that of one training with one seed, on {result.test_images:,} images that neither "
            "training nor search has seen. The standard error shown is that of counting so many images; another seed "
            "moves it further."
        )
