"""Records the stages of a run as they become complete, each with what it has read."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.files.artifact import Artifact
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.stages import BaselinesStage, RetrainStage, Run, Stage
from mobilenas.tracking import Made
from mobilenas.tracking.log import LOGS
from mobilenas.training.weights import WEIGHTS

if TYPE_CHECKING:
    from mobilenas.pipeline.outcome import Outcome
    from mobilenas.tracking import Tracker

log = logging.getLogger(__name__)

KINDS = {
    "profile": "latency_table",
    "search": "architectures",
    "adapt": "architectures",
    "parent": "network",
    "seed": "network",
    "retrain": "network",
    "baselines": "network",
    "quantize": "quantized_networks",
}
"""What the artifact of a stage is called, if not by the name of the stage."""


class Recorder:
    """Records the complete stages of a run in the pipeline's order.

    Args:
        run: the run
        stages: all its stages
    """

    def __init__(self, run: Run, stages: Sequence[Stage]) -> None:
        self._run, self._stages, self._tracking = run, stages, run.training.tracking
        self._done: set[str] = set()
        self._begun = False

    def begin(self) -> None:
        """Records the complete stages, because another one is about to be made."""
        self._begun = True
        self.catch_up()

    def catch_up(self) -> None:
        """Records the complete stages that are not recorded yet."""
        artifacts = artifacts_of(self._stages)
        complete = [stage for stage in self._stages if artifacts[stage.name].complete and not stage.unneeded]
        known = all(self._tracking.has(stage.name, artifacts[stage.name].fingerprint) for stage in complete)
        if known and not self._begun and (self._tracking.is_closed or not complete):
            return
        self._begun = True
        for stage in complete:
            if stage.name not in self._done:
                self._record(stage, artifacts)
                self._done.add(stage.name)

    def close(self, complete: bool) -> None:
        self._tracking.close(complete)

    def _record(self, stage: Stage, artifacts: dict[str, Artifact]) -> None:
        artifact = artifacts[stage.name]
        for path in _histories(artifact.folder):
            self._tracking.series(path.parent.parent, stage.name).end()
        read = [name for name in (*stage.reads, *stage.reads_if_made) if name in artifacts and artifacts[name].complete]

        inputs = [one for name in read for one in made_by(self._stage(name), artifacts)]
        made = made_by(stage, artifacts, [one.name for one in inputs])
        outcome = self._outcome(stage, artifact.folder)

        def call(place: Tracker) -> None:
            place.values(outcome.values)
            for name, table in outcome.tables.items():
                place.table(name, table)
            for name, path in outcome.files.items():
                place.file(name, path)
            for number, one in enumerate(made):
                place.artifact(one, () if number else inputs)

        self._tracking.record(stage.name, artifact.fingerprint, call)

    def _outcome(self, stage: Stage, folder: Path) -> Outcome:
        """Returns what the record has of a stage; nothing, with a warning, if its files cannot be read."""
        from mobilenas.pipeline.outcome import Outcome
        from mobilenas.pipeline.outcomes import outcome_of

        try:
            return outcome_of(stage.name, folder, self._run)
        except (ValueError, OSError, LookupError) as error:
            log.warning("%s: its figures are not recorded: %s", stage.name, error)
            return Outcome()

    def _stage(self, name: str) -> Stage:
        return next(stage for stage in self._stages if stage.name == name)


@contextmanager
def recording(run: Run, stages: Sequence[Stage], fresh: bool = False) -> Iterator[Recorder]:
    """Yields a recorder, and ends the record of the run: as complete, or as stopped or failed after an error.

    Args:
        run: the run
        stages: all its stages
        fresh: whether a new record begins
    """
    if fresh:
        run.training.tracking.forget()
    recorder = Recorder(run, stages)
    try:
        yield recorder
        recorder.catch_up()
    except BaseException:
        recorder.close(complete=False)
        raise
    recorder.close(complete=True)


def made_by(stage: Stage, artifacts: dict[str, Artifact], inputs: Sequence[str] = ()) -> list[Made]:
    """Returns what a complete stage has made: one artifact, or one for each of its networks.

    Args:
        stage: the stage
        artifacts: the artifacts of all stages
        inputs: the names of what it has read
    """
    artifact, kind = artifacts[stage.name], KINDS.get(stage.name, stage.name)
    files, short = artifact.files, artifact.fingerprint[:8]
    if not isinstance(stage, RetrainStage | BaselinesStage):
        return [Made(f"{stage.name}-{short}", kind, files, tuple(inputs))]
    own: dict[str, dict[str, Path]] = {Path(name).parts[0]: {} for name in files if Path(name).name == WEIGHTS}
    for file, path in files.items():
        if network := {Path(file).parts[0], Path(file).stem} & own.keys():
            own[network.pop()][file] = path
    return [Made(f"{network}-{short}", kind, found, tuple(inputs)) for network, found in own.items()]


def _histories(folder: Path) -> list[Path]:
    """Returns the files of the trainings of a stage, ``net-2`` before ``net-10``."""
    found = folder.rglob(f"{LOGS}/metrics.csv")
    return sorted(found, key=lambda path: (len(path.as_posix()), path.as_posix()))
