"""Makes the stages of a run from its settings, and reports all misfits before any work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from mobilenas.cluster import Cluster, check_one_address, check_reachable
from mobilenas.files.paths import path_of
from mobilenas.network.improvement import improvement
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.pipeline.baselines import baseline_networks
from mobilenas.pipeline.few_images import fitting, lengthened
from mobilenas.pipeline.fits import misfits
from mobilenas.pipeline.fits_anchors import warn_of_anchors
from mobilenas.pipeline.identity import identity_of
from mobilenas.pipeline.parts import Parts, parts_of_run
from mobilenas.pipeline.places import check_places, check_report, check_weights
from mobilenas.pipeline.seen import warn_of_seen
from mobilenas.pipeline.settings import Settings
from mobilenas.pipeline.stages import stages_of
from mobilenas.search_space import SearchSpace
from mobilenas.settings import SettingsError
from mobilenas.stages import RetrainStage, Run, Stage
from mobilenas.tracking import Tracking
from mobilenas.training import Training

log = logging.getLogger(__name__)

T = TypeVar("T")

WITHOUT_RAY = frozenset({"profile", "quantize", "report"})
"""The stages that neither train nor run trials."""


@dataclass(frozen=True)
class Plan:
    """A run that can begin.

    Args:
        run: the common part of its stages
        stages: all stages that these settings make, in the pipeline's order
        asked: names of the requested stages
        settings: all settings, as YAML
        clusters: the Ray of the trainings and of the trials, if trainings use it
    """

    run: Run
    stages: tuple[Stage, ...]
    asked: tuple[str, ...]
    settings: str
    clusters: tuple[Cluster, ...] = ()

    @property
    def space(self) -> SearchSpace:
        """The search space at the run's size."""
        return self.run.space

    @property
    def wanted(self) -> tuple[Stage, ...]:
        """The requested stages."""
        return tuple(stage for stage in self.stages if stage.name in self.asked)


def plan(settings: Settings, shown: str, given: Sequence[str] | None = None) -> Plan:
    """Returns the run that the settings describe.

    Args:
        settings: the settings of the run
        shown: the same settings as YAML, for the run's folder and its page
        given: the settings that the user has given on the command line; an override without effect is an error. None
            if a program makes the run

    Raises:
        SettingsError: one sentence for each part that does not fit another
    """
    overrides = given or ()
    parts = _checked(settings)
    images = parts.data.sizes["train"]
    settings = fitting(_with_quantize(_with_baselines(_with_ranking(_with_parent(settings, parts)))), images, overrides)
    longer = lengthened(settings, images, overrides)
    identity = identity_of(longer, parts)
    folder = path_of(settings.outputs) / f"{settings.name}-{settings.scale.name}-s{settings.seed}-{identity[:8]}"
    tracking = Tracking(settings.logger, folder)
    training = Training(settings.trainer, settings.logger, settings.seed, settings.checkpoint_minutes, tracking)
    networks = (parts.network,) if parts.network else ()
    run = Run(
        folder, parts.space, parts.data, training, settings.threads, networks, settings.choose, parts.parent,
        parts.weights, parts.teacher, settings.choose_by, settings.task, settings.architecture,
    )  # fmt: skip
    made = Plan(
        run,
        tuple(stages_of(settings, longer, run, shown, identity, given)),
        settings.stages,
        shown,
        _clusters(settings),
    )
    pending = _pending(made, settings.fresh)
    if wrong := list(misfits(settings, made.stages, pending, run, overrides)):
        raise SettingsError(wrong)
    names = {stage.name for stage in pending if not stage.unneeded}
    _tried(partial(check_one_address, made.clusters), wrong)
    if names - WITHOUT_RAY:
        _tried(partial(_check_clusters, settings), wrong)
    _tried(partial(check_places, settings, run, names), wrong)
    _tried(partial(check_report, made.stages, made.asked), wrong)
    if wrong:
        raise SettingsError(wrong)
    retrain = next(stage for stage in made.stages if isinstance(stage, RetrainStage))
    warn_of_seen(settings, run, retrain, names)
    warn_of_anchors(run, names)
    return made


def _check_clusters(settings: Settings) -> None:
    """Raises ValueError for an address at which no Ray can be."""
    for one in _used(settings):
        if one.address is not None:
            check_reachable(one.address, one.group)


def _clusters(settings: Settings) -> tuple[Cluster, ...]:
    """Returns the Ray of the trainings and of the trials; none if only trials use it, which connect by themselves."""
    return _used(settings) if settings.trainer.cluster else ()


def _used(settings: Settings) -> tuple[Cluster, ...]:
    return tuple(one for one in (settings.trainer.cluster, settings.executor.cluster) if one)


def _with_parent(settings: Settings, parts: Parts) -> Settings:
    """Returns settings whose stages have the parent if a supernet cannot be made without it."""
    new = parts.weights and parts.weights.new
    if "supernet" not in settings.stages or settings.method.init != "inherit" or not (parts.parent and new):
        return settings
    return replace(settings, stages=tuple(dict.fromkeys(("parent", *settings.stages))))


def _with_ranking(settings: Settings) -> Settings:
    """Returns settings whose stages measure how well the scores rank, if the evaluator says so."""
    if not settings.evaluator.ranked_by or not {"supernet", "search"} & set(settings.stages):
        return settings
    return replace(settings, stages=tuple(dict.fromkeys((*settings.stages, "alone", "ranking"))))


def _with_baselines(settings: Settings) -> Settings:
    """Returns settings whose stages have the one that trains published networks, if one is named for it."""
    if not settings.baselines or "retrain" not in settings.stages:
        return settings
    return replace(settings, stages=tuple(dict.fromkeys((*settings.stages, "baselines"))))


def _with_quantize(settings: Settings) -> Settings:
    """Returns settings whose stages have the one that writes networks with 8 bits, if a runtime is named for it."""
    if not settings.quantize or "retrain" not in settings.stages:
        return settings
    return replace(settings, stages=tuple(dict.fromkeys((*settings.stages, "quantize"))))


def _checked(settings: Settings) -> Parts:
    """Returns the images, the given network and the space.

    Raises:
        SettingsError: one sentence for each of the independent parts that cannot be made
    """
    wrong: list[str] = []
    for name in settings.improvements:
        _tried(partial(improvement, name), wrong)
    _tried(lambda: (settings.hardware.images, settings.hardware.identity), wrong)
    for path in filter(None, (settings.outputs, settings.store)):
        _tried(partial(path_of, path), wrong)
    _tried(partial(check_weights, settings), wrong)
    data = _tried(settings.data.load, wrong)
    parts = _tried(partial(parts_of_run, settings, data), wrong) if data and not wrong else None
    if parts:
        _tried(partial(baseline_networks, settings, parts.data), wrong)
    if parts and not wrong:
        return parts
    raise SettingsError(wrong)


def _tried(make: Callable[[], T], wrong: list[str]) -> T | None:
    """Returns what is made, or None with the sentence of the error among the wrong ones."""
    try:
        return make()
    except SettingsError as error:
        wrong += error.sentences
    except ValueError as error:
        wrong += () if str(error) in wrong else (str(error),)
    return None


def _pending(made: Plan, fresh: bool) -> list[Stage]:
    """Returns the requested stages that are not complete; complete stages are not checked again."""
    artifacts = artifacts_of(made.stages)
    return [stage for stage in made.wanted if fresh or not artifacts[stage.name].complete]
