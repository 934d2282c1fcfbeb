"""A run: its stages in order, each done once, in a folder that no second process may use."""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml
from filelock import FileLock, Timeout

from mobilenas.artifact import Artifact, fingerprint
from mobilenas.report import show
from mobilenas.stages import Experiment, profile, report, retrain, search, supernet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """A stage, the settings that its artifact depends on, and the stages whose artifacts it reads."""

    run: Callable[[Experiment, Path], dict[str, object]]
    settings: tuple[str, ...]
    reads: tuple[str, ...] = ()


STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "profile": Stage(profile, ("search_space", "hardware", "network", "classes")),
        "supernet": Stage(
            supernet,
            ("search_space", "method", "supernet_recipe", "data", "trainer", "threads", "seed", "evaluator"),
        ),
        "search": Stage(
            search,
            ("search_space", "algorithm", "objective", "evaluator", "data", "seed", "choose"),
            ("profile", "supernet"),
        ),
        "retrain": Stage(retrain, ("network", "recipe", "data", "trainer", "threads", "seed"), ("search",)),
        "report": Stage(report, (), ("profile", "supernet", "search", "retrain")),
    }
)


def run(experiment: Experiment, fresh: bool = False) -> None:
    """Run the stages that are not complete yet.

    Args:
        experiment: what to run
        fresh: begin anew, whatever the folder holds

    Raises:
        ValueError: a stage is unknown, or another process uses the folder
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
    folder = experiment.folder
    if fresh:
        for name in STAGES:
            shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(dict(experiment.settings), sort_keys=False))
    made: dict[str, str] = {}
    for name in experiment.stages:
        stage = STAGES[name]
        made[name] = _fingerprint(experiment, stage, made)
        artifact = Artifact(folder / name, made[name])
        if artifact.complete:
            log.info("%s: complete in %s", name, artifact.folder)
        elif not fresh and (other := artifact.adopt(folder.parent)):
            log.info("%s: taken from %s, which has the same settings", name, other)
        else:
            artifact.begin()
            artifact.finish(stage.run(experiment, artifact.folder))
    if "report" in experiment.stages:
        show(folder / "report")


def _fingerprint(experiment: Experiment, stage: Stage, made: Mapping[str, str]) -> str:
    settings = {name: experiment.settings.get(name) for name in stage.settings}
    return fingerprint([settings, {name: made.get(name) for name in stage.reads}])
