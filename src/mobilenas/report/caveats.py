"""Says how far each figure of a report can be trusted, in one sentence or two each."""

from collections.abc import Iterator

from mobilenas.hardware.table import without_int8_instructions
from mobilenas.report.front_figure import frontier
from mobilenas.report.result import RunResult
from mobilenas.report.units import significant
from mobilenas.timing.repeated import REPEATS


def caveats(result: RunResult) -> list[str]:
    """Returns the sentences that must stand beside the figures of this run."""
    return [*_latency(result), *_accuracy(result)]


def _latency(result: RunResult) -> Iterator[str]:
    if result.validation:
        count, rmse_ms = len(result.validation.measured_ms), result.validation.rmse_ms
        yield (
            "Predicted latencies are sums over layers. "
            f"For {count} random networks that were measured as a whole, their root mean square error is "
            f"{significant(rmse_ms, 2)} ms ({result.validation.relative_rmse:.1%})."
        )
    elif any(one.predicted_rmse_ms is not None for one in result.networks):
        yield (
            "Predicted latencies are sums over layers. Their error is the one written in the table's file; it was not "
            "measured here."
        )
    elif any(one.predicted_ms is not None for one in result.networks):
        yield "Predicted latencies are sums over layers, whose error is not known, because no network was measured."
    if without_int8_instructions(result.latency_facts):
        yield (
            "The latencies with 8 bits are those of a processor without instructions for products of 8 bits. They say "
            "nothing about a phone: there, 8 bits are mostly faster than 32."
        )
    if result.latency_facts.get("clock") == "processor":
        yield (
            "A latency is the time that one thread has had the processor. On a busy machine more time passes on the "
            "wall."
        )
    if result.images_a_run > 1:
        yield f"Every latency here is the time of one forward pass with {result.images_a_run} images."
    if result.target_ms is not None:
        yield from _target(result, result.target_ms)
    if result.unmeasured:
        yield f"Measured latency is missing: {result.unmeasured}"
    elif any(one.measured_ms is not None for one in result.networks):
        yield (
            f"Measured latencies are the mean of {REPEATS} repetitions, with their standard deviation. They hold for "
            "this device and engine only; another device can rank the networks differently."
        )
    if result.slowdown is not None:
        yield (
            f"When they were measured, the device took {result.slowdown:.2f} times as long as for the latency table. "
            "The figures are corrected for this, by networks that were measured both then and now."
        )


def _target(result: RunResult, target_ms: float) -> Iterator[str]:
    if result.adapted:
        last_ms = min(one.latency_ms for one in result.front)
        missed = " It stopped above the target, because no change of a single width saves enough."
        yield (
            f"NetAdapt's target was {significant(target_ms, 3)} ms: the network of its last step came to "
            f"{last_ms / target_ms:.0%} of it.{missed if last_ms > target_ms else ''}"
        )
        if not result.unmeasured:
            yield "The networks that NetAdapt took were measured as a whole; the latency of its proposals is predicted."
        return
    for one in result.networks:
        if one.predicted_ms is not None:
            yield (
                f"The target latency was {significant(target_ms, 3)} ms: {one.name} is predicted to take "
                f"{one.predicted_ms / target_ms:.0%} of it. The target is not enforced."
            )


def beyond_the_front(result: RunResult) -> int:
    """Returns the number of evaluated architectures that no member of the front dominates or equals."""
    curve = frontier(result.front)
    return sum(
        not any(one.latency_ms <= evaluation.latency_ms and one.accuracy >= evaluation.accuracy for one in curve)
        for evaluation in result.evaluations
    )


def _accuracy(result: RunResult) -> Iterator[str]:
    if result.evaluations:
        yield (
            "The search's accuracy is a score by shared weights or by a short training. It ranks architectures for the "
            "search. It is not the accuracy that they reach in a full training"
            + (
                f". How well it ranks was measured with {len(result.ranking.networks)} networks: Kendall's tau is"
                f" {result.ranking.tau}."
                if result.ranking
                else ", and this run did not measure how well it ranks."
            )
        )
    if result.evaluations and result.seen_in_search:
        yield (
            f"The search's accuracy is too high: {result.seen_in_search:,} of the {result.search_images:,} images that "
            "it was computed with had trained the given weights."
        )
    if any(one.test_accuracy is not None for one in result.networks):
        seen = (
            f", and {result.seen_images:,} of them had trained the weights that were given, so it is too high. "
            if result.seen_images
            else " that neither training nor search has seen. "
        )
        yield (
            f"Test accuracy is from one training with one seed. It was measured on {result.test_images:,} images{seen}"
            + (
                "The standard error comes from the number of these images only; another seed changes the accuracy more."
                if result.score_name == "top-1"
                else "Another seed and other images change it."
            )
        )
