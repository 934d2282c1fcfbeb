"""The stages of a run, in the pipeline's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mobilenas.algorithm import Algorithm
from mobilenas.evaluator import SUPERNET
from mobilenas.files.paths import path_of
from mobilenas.network.improvement import narrowed
from mobilenas.pipeline.baselines import baseline_networks
from mobilenas.pipeline.given import found_width, is_improved
from mobilenas.pipeline.seen import of_scores
from mobilenas.pipeline.settings import Settings
from mobilenas.report import ReportStage
from mobilenas.stages import (
    AdaptStage,
    AloneStage,
    BaselinesStage,
    Choice,
    ParentStage,
    ProfileStage,
    QuantizeStage,
    RankingStage,
    RetrainStage,
    Run,
    SearchStage,
    SeedStage,
    Stage,
    SupernetStage,
)

if TYPE_CHECKING:
    from mobilenas.data.marks import Marks


def stages_of(
    settings: Settings, longer: Settings, run: Run, shown: str, identity: str, command: Sequence[str] | None
) -> Iterator[Stage]:
    """Yields the stages; networks and supernets are trained by the longer recipes, but not the trials that score."""
    hardware, recipe, scoring, adaptation = settings.hardware, settings.recipe, settings.evaluator, settings.netadapt
    store = path_of(settings.store) if settings.store else None
    search = None
    if isinstance(settings.algorithm, Algorithm):
        search = SearchStage(
            run, settings.algorithm, settings.objective, scoring, recipe, settings.executor, store,
            settings.retry_failures,
        )  # fmt: skip
    has_parent = False
    yield ProfileStage(run, hardware)
    if search and SUPERNET in scoring.needs:
        shared = replace(run, training=replace(run.training, seed=settings.seed_of_supernet))
        supernet = SupernetStage(shared, settings.method, longer.supernet_recipe, scoring, search.reads_supernet)
        if run.parent and settings.method.init == "inherit":
            parent = ParentStage(shared, longer.recipe, supernet.unneeded)
            has_parent = not parent.unneeded
            yield parent
        yield supernet
        if ranking := scoring.ranked_by:
            alone = longer.recipe.by_default(("keep_best",))  # by which the split search would choose
            yield AloneStage(run, ranking, alone, scoring.batch_size, has_parent)
            yield RankingStage(run, scoring)
    if search:
        yield search
    if adaptation:
        yield SeedStage(run, longer.recipe, adaptation, hardware)
        yield AdaptStage(run, adaptation, hardware, recipe, settings.executor, store, settings.retry_failures)
    improvements = () if is_improved(settings) and run.parent else settings.improvements
    choice = Choice(adaptation, tuple(narrowed(name, found_width(settings)) for name in improvements))
    retrain = RetrainStage(run, longer.recipe, choice, scoring.batch_size, has_parent)
    yield retrain
    if settings.baselines:
        networks = baseline_networks(settings, run.data)
        yield BaselinesStage(run, networks, longer.recipe, scoring.batch_size, retrain.weights_from)
    if settings.quantize:
        yield QuantizeStage(run, settings.quantize, longer.quantize_recipe)
    title = f"{settings.name} on {run.data.name}"
    experiment = f"{settings.name}, scale {settings.scale.name}, seed {run.seed}"

    def before_search() -> Iterable[Marks]:
        return of_scores(settings, run).values()

    share = settings.data.center_share
    asked = None if command is None else tuple(command)
    yield ReportStage(run, hardware, choice, title, experiment, shown, share, identity, before_search, asked)
