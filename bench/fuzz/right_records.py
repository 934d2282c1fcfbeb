"""Independent checks of the records of a run: types, ranges, and options that the space has."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path

from bench.fuzz.right import LONGEST_MS, MOST_MACS, architecture, network
from mobilenas.evaluation import Evaluation
from mobilenas.search_space import SearchSpace
from mobilenas.stages import AdaptRecord, RetrainRecord, SearchRecord, SupernetRecord


def evaluation(one: Evaluation, space: SearchSpace) -> str | None:
    return architecture(one.architecture, space) or _figures(one, 0 < one.latency_ms <= LONGEST_MS)


def _figures(one: Evaluation, right_latency: bool) -> str | None:
    if not _number(one.accuracy) or not 0 <= one.accuracy <= 1:
        return f"accuracy is {one.accuracy!r}"
    if not _number(one.latency_ms) or not right_latency:
        return f"latency_ms is {one.latency_ms!r}"
    for name in ("macs", "params"):
        if type(value := getattr(one, name)) is not int or not 0 <= value <= MOST_MACS:
            return f"{name} is {value!r}"
    if not (one.failure is None or isinstance(one.failure, str)) or not isinstance(one.measured, bool):
        return f"failure is {one.failure!r}, measured is {one.measured!r}"
    return None


def all_evaluations(found: Sequence[Evaluation], space: SearchSpace) -> str | None:
    return next((wrong for one in found if (wrong := evaluation(one, space))), None)


def stored(found: Sequence[Evaluation]) -> str | None:
    """Figures of a store, which knows neither the space nor the latencies of the run that reads it."""
    for one in found:
        if not all(type(option) is int and option >= 0 for option in one.architecture):
            return f"the architecture is {one.architecture!r}"
        if wrong := _figures(one, 0.0 <= one.latency_ms <= LONGEST_MS):
            return wrong
    return None


def examples(space: SearchSpace, count: int) -> Iterator[Evaluation]:
    """Yields valid evaluations of different architectures, the last one a failure."""
    for number, one in enumerate(islice(product(*map(range, space.options)), count)):
        failure = "it diverged" if number == count - 1 else None
        yield Evaluation(one, 0.0 if failure else 0.5 + 0.01 * number, 0.5 + number, 10**6 + number, 10**5, failure)


def search(record: SearchRecord, space: SearchSpace) -> str | None:
    if not isinstance(record.made_by, str) or not isinstance(record.scored_by, str):
        return f"made_by is {record.made_by!r}, scored_by is {record.scored_by!r}"
    if not record.front or not record.told:
        return "it has no evaluations"
    return _target(record.target_ms) or all_evaluations((*record.told, *record.front, *record.ranking), space)


def adapt(record: AdaptRecord, space: SearchSpace) -> str | None:
    if not record.path:
        return "it has no steps"
    return _target(record.target_ms) or all_evaluations((*record.path, *record.told), space)


def retrain(record: RetrainRecord, space: SearchSpace) -> str | None:
    if not isinstance(record.made_by, str):
        return f"made_by is {record.made_by!r}"
    for one in record.networks:
        if not _number(one.test_accuracy) or not 0 <= one.test_accuracy <= 1:
            return f"test_accuracy is {one.test_accuracy!r}"
        if found := network(one.spec) or (evaluation(one.evaluation, space) if one.evaluation else None):
            return found
    return None


def supernet(record: SupernetRecord, space: SearchSpace) -> str | None:
    if not isinstance(record.made_by, str):
        return f"made_by is {record.made_by!r}"
    if not all(_number(one) and 0 <= one <= 1 for one in record.random_top1):
        return f"random_top1 is {record.random_top1}"
    for row in record.history:
        if not all(_number(one) and 0 < one <= LONGEST_MS for one in row):
            return f"the history has {row}"
    if record.probabilities is None:
        return _target(record.target_ms)
    if [len(row) for row in record.probabilities] != list(space.options):
        return f"probabilities of {[len(row) for row in record.probabilities]} candidates"
    for row in record.probabilities:
        if not all(_number(one) and 0 <= one <= 1 for one in row) or abs(sum(row) - 1) > 1e-3:
            return f"the probabilities {row}"
    return _target(record.target_ms)


def _target(target_ms: object) -> str | None:
    right = target_ms is None or (_number(target_ms) and 0 < target_ms <= LONGEST_MS)  # type: ignore[operator]
    return None if right else f"target_ms is {target_ms!r}"


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def mark(found: tuple[bool, bool], path: Path, fingerprint: str) -> str | None:
    """A stage is complete only by a mark that is JSON and has its fingerprint."""
    complete = found[0]
    if not complete or path.name == "begun.json":
        return None
    content = json.loads(path.read_text())
    return None if content["fingerprint"] == fingerprint else "complete by another fingerprint"
