"""The artifacts of a run's stages, as its settings make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mobilenas.files.artifact import Artifact
from mobilenas.files.hashes import fingerprint
from mobilenas.stages import Stage


def artifact_of(stage: Stage, others: Mapping[str, Artifact]) -> Artifact:
    """Returns a stage's artifact, which follows from the stage's settings and from the artifacts that it reads."""
    read = {name: others[name].fingerprint if name in others else None for name in stage.reads}
    made = {name: others[name].fingerprint for name in stage.reads_if_made if name in others and others[name].complete}
    return Artifact(stage.run.folder / stage.name, fingerprint([dict(stage.depends_on), read, made]))


def artifacts_of(stages: Sequence[Stage]) -> dict[str, Artifact]:
    """Returns the artifact of every stage by its name; a stage reads only artifacts of stages before it."""
    artifacts: dict[str, Artifact] = {}
    for stage in stages:
        artifacts[stage.name] = artifact_of(stage, artifacts)
    return artifacts


def made_of(stages: Sequence[Stage], artifacts: Mapping[str, Artifact]) -> frozenset[str]:
    """Returns the names of the stages whose artifacts are complete; one that this run does not need does not count."""
    return frozenset(stage.name for stage in stages if artifacts[stage.name].complete and not stage.unneeded)
