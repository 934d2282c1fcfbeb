"""Gather what the other stages found out, measure and export the chosen networks, and write the page."""

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import yaml
from torch import nn

from mobilenas.evaluation import Evaluation
from mobilenas.evaluator import ProxyScoring
from mobilenas.files.text import parse_number
from mobilenas.hardware import LatencyTable, LocalHardware, Validation
from mobilenas.network.spec import NetworkSpec
from mobilenas.objective import Reward
from mobilenas.report import ImageFormat, NetworkResult, RunResult, export, words, write
from mobilenas.report.files import PAGE, file_name
from mobilenas.report.measure import measure_networks, why_unmeasured
from mobilenas.stages.base import Candidate, Experiment, asks_for, read_candidates
from mobilenas.stages.profile import TABLE, VALIDATION
from mobilenas.stages.retrain import CANDIDATES, candidates, read_top1
from mobilenas.stages.search import TOLD, read_evaluations, read_front
from mobilenas.stages.supernet import read_learned
from mobilenas.training.weights import WEIGHTS, trained_network

log = logging.getLogger(__name__)

NAMES = ("profile", "supernet", "search", "seed", "adapt", "retrain")
RANDOM_SCORES = "random_architectures.json"


def report(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the page, its pictures and tables, and every trained network as ONNX; returns the page's name."""
    chosen = _candidates(experiment)
    table = _table(experiment, [one.spec for one in chosen])
    about = table.about if table else {}
    result = RunResult(
        title=f"{experiment.settings.get('name', experiment.space.name)} on {experiment.data.name}",
        networks=tuple(_network(experiment, candidate, table, folder) for candidate in chosen),
        images=_images(experiment),
        evaluations=_evaluations(experiment),
        front=_front(experiment),
        validation=_validation(experiment),
        history=_history(experiment),
        target_ms=_target_ms(experiment),
        adapted=experiment.last_search == "adapt",
        by_reward=experiment.maximizes_reward,
        test_images=experiment.data.sizes["test"],
        unmeasured=why_unmeasured(experiment.hardware, about),
        facts={name: text for name, text in _facts(experiment, about).items() if text},
        settings=yaml.safe_dump(dict(experiment.settings), sort_keys=False),
    )
    write(_measured(result, experiment, table), folder)
    return {"page": PAGE}


def _table(experiment: Experiment, networks: Sequence[NetworkSpec]) -> LatencyTable | None:
    """The device's table, with the layers that were measured on the way where it grew."""
    maker = next((name for name in ("adapt", "profile") if experiment.made(name)), None)
    if not maker:
        return None
    table = LatencyTable.load(experiment.folder / maker / TABLE)
    if experiment.improvements:
        with suppress(ValueError):  # a device that is not at hand; what its table lacks is named where it is missed
            return experiment.hardware.extended(table, experiment.space, networks)
    return table


def _validation(experiment: Experiment) -> Validation | None:
    path = experiment.folder / "profile" / VALIDATION
    return Validation.load(path) if experiment.made("profile") and path.exists() else None


def _evaluations(experiment: Experiment) -> tuple[Evaluation, ...]:
    return tuple(one for one in _told(experiment) if one.failure is None)


def _told(experiment: Experiment) -> list[Evaluation]:
    """All that the search was told, failures too."""
    name = experiment.last_search
    return read_evaluations(experiment.folder / name / TOLD) if name else []


def _front(experiment: Experiment) -> tuple[Evaluation, ...]:
    """What the search has found, or the networks of NetAdapt's steps, by rising latency."""
    if not experiment.last_search:
        return ()
    return tuple(sorted(read_front(experiment.folder / experiment.last_search), key=lambda one: one.latency_ms))


def _history(experiment: Experiment) -> tuple[tuple[float, float], ...]:
    if not experiment.made("supernet") or not asks_for(experiment.method, "latency"):
        return ()
    epochs = read_learned(experiment.folder / "supernet", "history")
    return tuple((epoch["expected_latency_ms"], epoch["derived_latency_ms"]) for epoch in epochs)


def _target_ms(experiment: Experiment) -> float | None:
    if experiment.adaptation and experiment.last_search == "adapt":
        path = read_front(experiment.folder / "adapt")
        return experiment.adaptation.target(path[0].latency_ms)
    if experiment.maximizes_reward and isinstance(experiment.objective, Reward):
        return experiment.objective.target_ms
    objective = (experiment.settings.get("method") or {}).get("objective") or {}
    target_ms = objective.get("target_ms")
    return float(target_ms) if target_ms and experiment.made("supernet") else None


def _images(experiment: Experiment) -> ImageFormat:
    data, share = experiment.data, experiment.settings.get("data", {}).get("center_share", 1.0)
    return ImageFormat(data.resolution, data.normalization.mean, data.normalization.std, data.classes, share)


def _candidates(experiment: Experiment) -> list[Candidate]:
    if experiment.made("retrain"):
        return read_candidates(experiment.folder / "retrain" / CANDIDATES)
    found = experiment.made("adapt") if experiment.adapts else experiment.last_search or experiment.networks
    return candidates(experiment) if found else []


def _network(experiment: Experiment, candidate: Candidate, table: LatencyTable | None, folder: Path) -> NetworkResult:
    """All that is known of a network before it is measured; a trained one is exported."""
    spec, result = candidate.spec, NetworkResult(candidate.spec, candidate.evaluation)
    if table:
        rmse = table.about.get("rmse_ms") if candidate.evaluation else None  # that of networks of the space
        rmse_ms = parse_number(experiment.folder / "profile" / TABLE, "rmse_ms", rmse) if rmse else None
        result = replace(result, predicted_ms=_predicted_ms(table, spec), predicted_rmse_ms=rmse_ms)
    if experiment.made("retrain"):
        path = folder / file_name(spec.name, ".onnx")
        error = export(spec, _module(experiment, spec), _images(experiment), path)
        top1 = read_top1(experiment.folder / "retrain", spec.name)
        result = replace(result, test_top1=top1, onnx_error=error)
    return result


def _predicted_ms(table: LatencyTable, network: NetworkSpec) -> float | None:
    try:
        return table.latency_ms(network)
    except ValueError as error:
        log.warning("report: no latency of %s is predicted: %s", network.name, error)
        return None


def _measured(result: RunResult, experiment: Experiment, table: LatencyTable | None) -> RunResult:
    """The same result with the networks' latency on the device."""
    hardware = experiment.hardware
    if result.unmeasured or not result.networks or not isinstance(hardware, LocalHardware):
        return result
    modules = [(one.spec, _module(experiment, one.spec)) for one in result.networks]
    references = hardware.references(experiment.space) if table else {}
    found = measure_networks(hardware, modules, references, experiment.seed)
    networks = tuple(
        replace(
            one,
            measured_ms=float(times_ms.mean()),
            measured_std_ms=float(times_ms.std(ddof=1)),
            kinds_ms=hardware.engine.breakdown(one.spec),
        )
        for one, times_ms in zip(result.networks, found.times_ms.T, strict=True)
    )
    return replace(result, networks=networks, slowdown=found.slowdown if references else None)


def _module(experiment: Experiment, spec: NetworkSpec) -> nn.Sequential:
    """With the trained weights, or with random ones where the run has trained none."""
    if experiment.made("retrain"):
        return trained_network(spec, experiment.folder / "retrain" / spec.name / WEIGHTS)
    return spec.build().eval()


def _facts(experiment: Experiment, about: Mapping[str, str]) -> dict[str, str]:
    settings = experiment.settings
    scale = settings.get("scale", {}).get("name", "")
    facts = {
        "experiment": f"{settings.get('name', '')}, scale {scale}, seed {experiment.seed}",
        "stages": ", ".join(name for name in NAMES if experiment.made(name)),
        "data": experiment.data.summary(),
        "latency": words.device(about),
    }
    if failed := [one.failure for one in _told(experiment) if one.failure]:
        facts["failed trials"] = f"{len(failed)}, the first one because {failed[0]}"
    if experiment.made("supernet"):
        scores = json.loads((experiment.folder / "supernet" / RANDOM_SCORES).read_text())
        facts |= {"search space": words.search_space(experiment.space)}
        facts |= {"supernet": f"{words.group(settings.get('method'))}; {words.training(experiment.supernet_recipe)}"}
        facts |= {"random architectures": words.scores(scores)}
    elif experiment.made("search"):
        facts |= {"search space": words.search_space(experiment.space)}
    if experiment.made("search"):
        facts |= {"search": words.group(settings.get("algorithm")), "evaluator": _evaluator(experiment)}
    if experiment.made("retrain"):
        facts |= {"retraining": words.training(experiment.recipe)}
    return facts | {"versions": words.versions()}


def _evaluator(experiment: Experiment) -> str:
    """How architectures were scored, where not by the supernet that is told of already."""
    if not isinstance(experiment.scoring, ProxyScoring):
        return ""
    return f"each network trained by itself: {words.training(experiment.scoring.shortened(experiment.recipe))}"
