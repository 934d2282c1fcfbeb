"""Makes the stages of a run from its settings, and reports all misfits before any work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TypeVar

from mobilenas.adaptation import NetAdapt, WidthSpace
from mobilenas.algorithm import OBJECTIVE, Algorithm
from mobilenas.data import ImageData
from mobilenas.evaluator import SUPERNET
from mobilenas.files.hashes import fingerprint
from mobilenas.files.paths import path_of
from mobilenas.network import NetworkSpec
from mobilenas.network.improvement import improvement, narrowed
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.pipeline.fits import misfits
from mobilenas.pipeline.given import found_width, given_networks
from mobilenas.pipeline.places import check_places, check_report, check_weights
from mobilenas.pipeline.settings import Settings
from mobilenas.report import ReportStage
from mobilenas.search_space import SearchSpace
from mobilenas.settings import SettingsError, plain
from mobilenas.settings.typed import ASIDE
from mobilenas.stages import (
    AdaptStage,
    Choice,
    ProfileStage,
    RetrainStage,
    Run,
    SearchStage,
    SeedStage,
    Stage,
    SupernetStage,
)
from mobilenas.training import Recipe, Training

log = logging.getLogger(__name__)

T = TypeVar("T")

FORMAT = 3
"""The format of a run's folder; older folders, which have no such number, are not continued."""


@dataclass(frozen=True)
class Plan:
    """A run that can begin.

    Args:
        run: the common part of its stages
        stages: all stages that these settings make, in the pipeline's order
        asked: names of the requested stages
        settings: all settings, as YAML
    """

    run: Run
    stages: tuple[Stage, ...]
    asked: tuple[str, ...]
    settings: str

    @property
    def space(self) -> SearchSpace:
        """The search space at the run's size."""
        return self.run.space

    @property
    def wanted(self) -> tuple[Stage, ...]:
        """The requested stages."""
        return tuple(stage for stage in self.stages if stage.name in self.asked)


def plan(settings: Settings, shown: str, overrides: Sequence[str] = ()) -> Plan:
    """Returns the run that the settings describe.

    Args:
        settings: the settings of the run
        shown: the same settings as YAML, for the run's folder and its page
        overrides: the settings that the user has given on the command line; an override without effect is an error

    Raises:
        SettingsError: one sentence for each part that does not fit another
    """
    networks, space, data = _checked(settings)
    longer = replace(
        settings,
        recipe=_long_enough("recipe", settings.recipe, data.sizes["train"], overrides),
        supernet_recipe=_long_enough("supernet_recipe", settings.supernet_recipe, data.sizes["train"], overrides),
    )
    identity = _identity(longer, data, space)
    folder = path_of(settings.outputs) / f"{settings.name}-{settings.scale.name}-s{settings.seed}-{identity[:8]}"
    training = Training(settings.trainer, settings.logger, settings.seed, settings.checkpoint_minutes)
    run = Run(folder, space, data, training, settings.threads, networks, settings.choose)
    made = Plan(run, tuple(_stages(settings, longer, run, shown, identity)), settings.stages, shown)
    pending = _pending(made, settings.fresh)
    if wrong := list(misfits(settings, made.stages, pending, run, overrides)):
        raise SettingsError(wrong)
    _tried(partial(check_places, settings, run, {stage.name for stage in pending if not stage.unneeded}), wrong)
    _tried(partial(check_report, made.stages, made.asked), wrong)
    if wrong:
        raise SettingsError(wrong)
    return made


def _checked(settings: Settings) -> tuple[tuple[NetworkSpec, ...], SearchSpace, ImageData]:
    """Returns the given networks, the space and the images.

    Raises:
        SettingsError: one sentence for each of the independent parts that cannot be made
    """
    wrong: list[str] = []
    for name in settings.improvements:
        _tried(partial(improvement, name), wrong)
    _tried(lambda: (settings.hardware.images, settings.hardware.identity), wrong)
    _tried(partial(check_weights, settings), wrong)
    data = _tried(settings.data.load, wrong)
    made = _tried(partial(_networks, settings, data), wrong) if data and not wrong else None
    if data and made and not wrong:
        return *made, data
    raise SettingsError(wrong)


def _long_enough(name: str, recipe: Recipe, images: int, overrides: Sequence[str]) -> Recipe:
    """Returns a recipe with enough steps for the images; a number of epochs that the user has set stays."""
    said = {one.partition("=")[0].lstrip("+") for one in overrides}
    longer = recipe.lengthened(images)
    if longer == recipe or (f"{name}.epochs" in said and f"{name}.least_steps" not in said):
        return recipe
    log.info(
        "%s: %d epochs instead of %d, so that %d images give at least %d steps; %s.epochs=... sets another number.",
        *(name, longer.epochs, recipe.epochs, images, recipe.least_steps, name),
    )
    return longer


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


def _networks(settings: Settings, data: ImageData) -> tuple[tuple[NetworkSpec, ...], SearchSpace]:
    """Returns the given network, if there is one, and the space that is measured and searched."""
    classes, adaptation = len(data.classes), settings.netadapt
    improvements = () if adaptation else settings.improvements
    networks = given_networks(settings, improvements, classes, data.resolution)
    if networks and adaptation:
        return networks, WidthSpace(networks[0], adaptation.divisor, f"{networks[0].name} at all widths")
    return networks, settings.search_space.space(classes, data.resolution)


def _identity(settings: Settings, data: ImageData, space: SearchSpace) -> str:
    """Returns a hash of all settings that results depend on; places of data, device and space do not count."""
    what: dict[str, object] = {
        "format": FORMAT,
        "name": None,
        "stages": None,
        "data": data.fingerprint,
        "hardware": dict(settings.hardware.identity),
        "search_space": [space.name, space.fingerprint],
        "network": settings.network.to_yaml() if settings.network else None,
        "objective": plain(settings.objective) if _needs_objective(settings.algorithm) else None,
    }
    own = [one.name for one in fields(settings) if one.name not in what and not one.metadata.get(ASIDE)]
    return fingerprint(what | {name: plain(getattr(settings, name)) for name in own})


def _needs_objective(algorithm: Algorithm | NetAdapt) -> bool:
    return isinstance(algorithm, Algorithm) and OBJECTIVE in algorithm.needs


def _stages(settings: Settings, longer: Settings, run: Run, shown: str, identity: str) -> Iterator[Stage]:
    """Yields the stages; networks and supernets are trained by the longer recipes, but not the trials that score."""
    hardware, recipe, scoring, adaptation = settings.hardware, settings.recipe, settings.evaluator, settings.netadapt
    store = path_of(settings.store) if settings.store else None
    search = None
    if isinstance(settings.algorithm, Algorithm):
        search = SearchStage(
            run, settings.algorithm, settings.objective, scoring, recipe, settings.executor, store,
            settings.retry_failures,
        )  # fmt: skip
    yield ProfileStage(run, hardware)
    if SUPERNET in scoring.needs:
        is_read = search is not None and search.reads_supernet
        yield SupernetStage(run, settings.method, longer.supernet_recipe, scoring, is_read)
    if search:
        yield search
    if adaptation:
        yield SeedStage(run, longer.recipe, adaptation, hardware)
        yield AdaptStage(run, adaptation, hardware, recipe, settings.executor, store, settings.retry_failures)
    choice = Choice(adaptation, tuple(narrowed(name, found_width(settings)) for name in settings.improvements))
    yield RetrainStage(run, longer.recipe, choice, scoring.batch_size)
    title = f"{settings.name} on {run.data.name}"
    experiment = f"{settings.name}, scale {settings.scale.name}, seed {run.seed}"
    yield ReportStage(run, hardware, choice, title, experiment, shown, settings.data.center_share, identity)
