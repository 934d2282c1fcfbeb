"""A run: its stages in order, each done once, in a folder that no second process may use."""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml
from filelock import FileLock, Timeout

from mobilenas.files.artifact import Artifact
from mobilenas.files.hashes import fingerprint
from mobilenas.report import show
from mobilenas.stages import Experiment, adapt, asks_for, profile, report, retrain, search, seed, supernet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """A stage, and the parts of ``Experiment.identity`` that its artifact depends on."""

    run: Callable[[Experiment, Path], dict[str, object]]
    identity: tuple[str, ...]


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "profile": Stage(profile, ("space", "networks", "hardware")),
        "supernet": Stage(
            supernet, ("space", "method", "supernet_recipe", "data", "trainer", "threads", "seed", "scoring")
        ),
        "search": Stage(search, ("space", "algorithm", "objective", "scoring", "weights", "data", "trainer", "seed")),
        "seed": Stage(seed, ("networks", "recipe", "data", "trainer", "threads", "seed")),
        "adapt": Stage(adapt, ("adaptation", "hardware", "recipe", "data", "trainer", "threads", "seed")),
        "retrain": Stage(
            retrain, ("networks", "improvements", "recipe", "data", "trainer", "threads", "seed", "choose")
        ),
        "report": Stage(report, ("name", "space", "networks", "data", "hardware", "choose", "settings")),
    }
)


def run(experiment: Experiment, fresh: bool = False) -> None:
    """Run the stages that are not complete yet.

    Args:
        experiment: what to run
        fresh: begin these stages anew, whatever the folder holds

    Raises:
        ValueError: a stage is unknown or lacks what it reads, or another process uses the folder
    """
    unknown = [name for name in experiment.stages if name not in STAGES]
    if unknown:
        raise ValueError(f"Stage {unknown[0]!r} is unknown; choose from {', '.join(STAGES)}.")
    folder = experiment.folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            _run(experiment, fresh)
    except Timeout:
        raise ValueError(
            f"Another process is working in {folder}: wait for it, or change the seed or another setting."
        ) from None


def _run(experiment: Experiment, fresh: bool) -> None:
    folder, stages = experiment.folder, _stages(experiment)
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(experiment.settings), sort_keys=False))
    artifacts = artifacts_of(experiment)
    for place, name in enumerate(stages):
        for needed in _reads(experiment, name):
            if needed not in stages[:place] and not _there(artifacts[needed]):
                raise ValueError(f"Stage {name} needs {needed}, which is not complete in {folder}: add it to stages.")
    if fresh:
        for name in stages:
            shutil.rmtree(folder / name, ignore_errors=True)
    for name in stages:
        artifact = artifacts[name] if name != "report" else _report(experiment, artifacts)
        if artifact.complete or (name != "report" and not fresh and _there(artifact)):
            log.info("%s: complete in %s", name, artifact.folder)
        else:
            artifact.begin()
            facts = STAGES[name].run(experiment, artifact.folder)
            artifact.finish(facts)
            log.info("%s: %s", name, ", ".join(f"{fact} {_rounded(value)}" for fact, value in facts.items()) or "done")
    if "report" in stages:
        show(folder / "report")


def _stages(experiment: Experiment) -> tuple[str, ...]:
    """The stages in the order of the pipeline, less a supernet in whose place other weights are given."""
    wanted = [name for name in STAGES if name in experiment.stages]
    if experiment.weights and "supernet" in wanted and "supernet" not in _reads(experiment, "search"):
        log.info("supernet: not trained, as evaluator.weights are given")
        wanted.remove("supernet")
    return tuple(wanted)


def _reads(experiment: Experiment, stage: str) -> tuple[str, ...]:
    """The stages whose artifacts a stage depends on."""
    if stage == "supernet":  # a new device needs no new supernet, unless the method learns for the device
        return ("profile",) if asks_for(experiment.method, "latency") else ()
    if stage == "search":
        own = experiment.scores_by_supernet and not experiment.weights
        own = own or asks_for(experiment.algorithm, "probabilities")
        return ("profile", "supernet") if own else ("profile",)
    if stage == "seed":
        return () if experiment.networks else ("search",)
    if stage == "adapt":
        return ("profile", "seed")
    if stage == "retrain" and experiment.adapts:
        return ("adapt",)
    if stage == "retrain":
        return () if experiment.networks else ("search",)
    return ()


def artifacts_of(experiment: Experiment) -> dict[str, Artifact]:
    """The artifact of every stage, as these settings make it."""
    artifacts: dict[str, Artifact] = {}
    for name, stage in STAGES.items():
        settings = {part: experiment.identity[part] for part in stage.identity}
        read = {other: artifacts[other].fingerprint for other in _reads(experiment, name)}
        artifacts[name] = Artifact(experiment.folder / name, fingerprint([settings, read]))
    return artifacts


def _report(experiment: Experiment, artifacts: Mapping[str, Artifact]) -> Artifact:
    """The report's artifact, which depends on all that there is to report."""
    made = {name: one.fingerprint for name, one in artifacts.items() if name != "report" and one.complete}
    return Artifact(experiment.folder / "report", fingerprint([artifacts["report"].fingerprint, made]))


def _there(artifact: Artifact) -> bool:
    """Whether an artifact is complete, if need be after it was taken from another run that has the same settings."""
    if not artifact.complete and (other := artifact.adopt(artifact.folder.parent.parent)):
        log.info("%s: taken from %s, which has the same settings", artifact.folder.name, other)
    return artifact.complete


def _rounded(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
