"""A made-up run in MoGA's small space: its figures are plausible, and none of them was measured."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Evaluation
from mobilenas.hardware import LatencyTable, Validation
from mobilenas.hardware.profile import layers_of
from mobilenas.objective import ParetoObjective
from mobilenas.report import ImageFormat, NetworkResult, RunResult
from mobilenas.search_space import LayerwiseSpace, MoGA


def made_up_evaluations(space: LayerwiseSpace, count: int) -> tuple[Evaluation, ...]:
    rng = np.random.default_rng(0)
    evaluations = []
    for architecture in space.sample(count, rng):
        network = space.network(architecture.tolist())
        latency_ms = network.macs / 1e7 + 0.05 * rng.random()
        accuracy = 0.95 - 0.3 * np.exp(-network.macs / 1e6) - 0.04 * rng.random()
        decisions = tuple(architecture.tolist())
        evaluations.append(Evaluation(decisions, float(accuracy), latency_ms, network.macs, network.params))
    return tuple(evaluations)


def made_up_network(space: LayerwiseSpace, evaluation: Evaluation, number: int) -> NetworkResult:
    spec = replace(space.network(evaluation.architecture), name=f"moga-{number}")
    kinds_ms = {"conv 1x1": 0.1 * number, "depthwise conv": 0.08, "elementwise": 0.05, "linear": 0.01, "pooling": 0.004}
    return NetworkResult(
        spec,
        evaluation,
        evaluation.latency_ms,
        predicted_rmse_ms=0.0083,
        measured_ms=evaluation.latency_ms * 1.03,
        measured_std_ms=0.0004,
        test_accuracy=evaluation.accuracy + 0.04,
        test_second=0.5 + (evaluation.accuracy + 0.04) / 2,
        onnx_error=3e-7,
        kinds_ms=kinds_ms,
    )


@pytest.fixture(scope="session")
def space() -> LayerwiseSpace:
    return MoGA(width=0.25, stages=3, blocks=2, hidden=0.25, unstrided=2).space(10, 16)


@pytest.fixture(scope="session")
def result(space: LayerwiseSpace) -> RunResult:
    """A run with everything in it."""
    evaluations = made_up_evaluations(space, 150)
    objective = ParetoObjective(maximize={"accuracy": 0.4, "params": 0.2}, minimize={"latency_ms": 0.4})
    front = tuple(objective.non_dominated(evaluations))
    chosen = equally_spaced(front, 3)
    rng = np.random.default_rng(1)
    measured = tuple(float(value) for value in rng.uniform(0.2, 0.5, 20))
    predicted = tuple(value + float(rng.normal(0, 0.008)) for value in measured)
    return RunResult(
        title="moga on digits",
        networks=tuple(made_up_network(space, one, number) for number, one in enumerate(chosen, 1)),
        images=ImageFormat((16, 16), (0.3, 0.3, 0.3), (0.35, 0.35, 0.35), tuple("0123456789")),
        evaluations=evaluations,
        front=front,
        validation=Validation(measured, predicted, predicted),
        slowness=tuple(np.random.default_rng(1).lognormal(0, 0.1, 400).tolist()),
        test_images=359,
        facts={
            "experiment": "moga at the scale laptop, seed 0",
            "data": "digits: 10 classes, 16 px, 1,079 train, 359 search, 359 test images in memory",
            "device": "AMD EPYC 7763, onnxruntime 1.31.1, 1 thread, batch 1",
            "supernet": "random architectures score 62.1 ± 8.3 % (50 of them)",
        },
        settings="seed: 0\nscale: {name: laptop}\n",
        space=space,
        table=LatencyTable({key: 0.01 * rng.random() for key in layers_of(space)}, overhead_ms=0.001),
        command=("experiment=moga", "scale=laptop"),
    )


@pytest.fixture(scope="session")
def bare(result: RunResult) -> RunResult:
    """The same networks, of which nothing was found out."""
    networks = tuple(NetworkResult(network.spec) for network in result.networks)
    return RunResult("moga on digits", networks, result.images)


@pytest.fixture(scope="session")
def renamed() -> Callable[[RunResult, str], RunResult]:
    """Gives the first network of a run another name."""

    def rename(result: RunResult, name: str) -> RunResult:
        first, *others = result.networks
        return replace(result, networks=(replace(first, spec=replace(first.spec, name=name)), *others))

    return rename
