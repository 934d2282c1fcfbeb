"""Runs the stages of a run: each is done once, in a folder that no other process may use at the same time."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from mobilenas.cluster import one_connection
from mobilenas.data import TaskData
from mobilenas.files.artifact import IMAGES, SECONDS, Artifact
from mobilenas.files.whole import read_whole, write_text
from mobilenas.pipeline.artifacts import artifact_of, artifacts_of, made_of
from mobilenas.pipeline.identity import FORMAT
from mobilenas.pipeline.planning import Plan
from mobilenas.pipeline.recording import Recorder, recording
from mobilenas.pipeline.same_images import check_same_images, write_inventory
from mobilenas.pipeline.sharing import only_maker, tidy
from mobilenas.pipeline.stopwatch import seconds_of, timed
from mobilenas.stages import Stage

log = logging.getLogger(__name__)

MOST_NAMED = 3
"""The most damaged files that a message names."""

LARGEST_SETTINGS = 1_000_000
"""The most bytes of a run's settings."""

MARK = f"# mobilenas run, format {FORMAT}\n"


def run(plan: Plan, fresh: bool = False) -> None:
    """Runs the stages that are not complete yet.

    Args:
        plan: the run
        fresh: whether these stages begin from scratch, even if the folder has their artifacts

    Raises:
        ValueError: an artifact that a stage reads is missing, or another process uses the folder
    """
    folder = plan.run.folder
    _tell_of_older(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            _run(plan, fresh)
    except Timeout:
        raise ValueError(
            f"Another process is working in {folder}: wait until it ends, or change the seed or another setting."
        ) from None


def _run(plan: Plan, fresh: bool) -> None:
    folder, artifacts = plan.run.folder, artifacts_of(plan.stages)
    wanted = [stage for stage in plan.wanted if not _skipped(stage)]
    if fresh:
        write_inventory(folder, plan.run.data)
    elif not all(artifacts[stage.name].complete for stage in wanted):
        check_same_images(folder, plan.run.data, MARK + plan.settings)
    write_text(folder / "config.yaml", MARK + plan.settings)
    check_reads(wanted, artifacts)
    for stage in wanted if fresh else ():
        shutil.rmtree(artifacts[stage.name].folder, ignore_errors=True)
    with one_connection(*plan.clusters), recording(plan.run, plan.stages, fresh) as recorder:
        _make_all(plan, wanted, artifacts, fresh, recorder)
    for stage in wanted:
        stage.show(artifacts[stage.name].folder)


def _make_all(
    plan: Plan, wanted: Sequence[Stage], artifacts: dict[str, Artifact], fresh: bool, recorder: Recorder
) -> None:
    """Makes the stages that are not complete, and records each of them."""
    checked = plan.run.folder / ".images"
    for stage in wanted:
        artifact = artifacts[stage.name] = artifact_of(stage, artifacts)  # an earlier stage may be complete by now
        if artifact.complete:
            tidy(artifact)
            log.info("%s: complete in %s", stage.name, artifact.folder)
            continue
        shared = stage.is_shared and not fresh
        with only_maker(artifact) if shared else nullcontext():
            if shared and _is_there(artifact):
                continue
            _check_images(plan.run.data, checked)
            _tell_of_stale(stage, plan.stages, artifacts)
            recorder.begin()
            _make(stage, artifact, made_of(plan.stages, artifacts))
            recorder.catch_up()


def _check_images(data: TaskData, mark: Path) -> None:
    """Checks the images before the first stage of a run, and again after a file has changed.

    Files that another run has read, beside this one, are not read again.
    """
    state = data.state
    if _mark_in(mark) != state:
        data.check_images(known=any(_mark_in(other) == state for other in mark.parent.parent.glob(f"*/{mark.name}")))
        write_text(mark, state)


def _mark_in(path: Path) -> str | None:
    """Returns the state of the images that a run has checked; None if it has checked none."""
    return path.read_text("utf-8", "replace") if path.is_file() else None


def _make(stage: Stage, artifact: Artifact, made: Collection[str]) -> None:
    if artifact.damaged:
        log.warning("%s: %s: the stage is run again", stage.name, _lost(artifact))
    artifact.begin()
    with timed(artifact.folder):
        facts = stage.make(artifact.folder, made)
    artifact.finish(dict(facts) | {SECONDS: seconds_of(artifact.folder), IMAGES: stage.run.data.fingerprint})
    said = ", ".join(f"{fact} {_rounded(value)}" for fact, value in facts.items())
    log.info("%s: %s", stage.name, said or "done")


def check_reads(wanted: Sequence[Stage], artifacts: Mapping[str, Artifact]) -> None:
    """Raises ValueError if a stage needs another one that is neither complete nor asked for."""
    before: list[str] = []
    for stage in wanted:
        for needed in stage.reads:
            if needed not in before and not (needed in artifacts and _is_there(artifacts[needed])):
                lost = _lost(artifacts[needed]) if needed in artifacts else ""
                raise ValueError(
                    f"Stage {stage.name} needs {needed}, which is not complete in {stage.run.folder}"
                    f"{lost and f' ({lost})'}: add it to stages."
                )
        before.append(stage.name)


def _tell_of_stale(stage: Stage, stages: Sequence[Stage], artifacts: Mapping[str, Artifact]) -> None:
    """Warns about artifacts that a stage leaves out, because they were made from others than those that are here."""
    for other in stages:
        if other.name not in stage.reads_if_made or other.unneeded:
            continue
        if artifacts[other.name].damaged:
            log.warning("%s: leaves out %s: %s.", stage.name, other.name, _lost(artifacts[other.name]))
        elif artifacts[other.name].stale:
            log.warning(
                "%s: leaves out %s, which was made from other settings or results: add %s to stages to make it again.",
                stage.name,
                artifacts[other.name].folder,
                other.name,
            )


def _skipped(stage: Stage) -> bool:
    if reason := stage.unneeded:
        log.info("%s: not needed, because %s", stage.name, reason)
    return bool(reason)


def _is_there(artifact: Artifact) -> bool:
    """Returns whether an artifact is complete, here or after copying it from a run with the same settings."""
    if not artifact.complete and (other := artifact.adopt(artifact.folder.parent.parent)):
        log.info("%s: taken from %s, which has the same settings", artifact.folder.name, other)
    return artifact.complete


def _tell_of_older(folder: Path) -> None:
    """Warns about runs of the same name that another version made, whose artifacts this version cannot read."""
    if folder.exists():
        return
    name = folder.name.rpartition("-")[0]
    for config in sorted(folder.parent.glob(f"{name}-*/config.yaml")):
        if not _is_ours(config):
            log.warning(
                "%s was made by another version of mobilenas, and its stages cannot be continued: it is left"
                " unchanged, and this run begins in %s.",
                config.parent,
                folder,
            )


def _is_ours(config: Path) -> bool:
    """Returns whether the settings of a run were written by this version; what cannot be read was not."""
    try:
        return read_whole(config, LARGEST_SETTINGS).startswith(MARK.encode())
    except (OSError, ValueError):
        return False


def _lost(artifact: Artifact) -> str:
    """Says which files of an artifact are lost or damaged."""
    names, more = artifact.damaged[:MOST_NAMED], len(artifact.damaged) - MOST_NAMED
    named = ", ".join(str(artifact.folder / name) for name in names) + (f" and {more} more" if more > 0 else "")
    are = "is" if len(artifact.damaged) == 1 else "are"
    return f"{named} {are} lost, or not as the stage wrote it" if names else ""


def _rounded(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
