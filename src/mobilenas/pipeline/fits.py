"""Checks, before any long work, that the parts of a run fit; each function yields a sentence for each misfit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from mobilenas.adaptation import NetAdapt, WidthSpace
from mobilenas.algorithm import OBJECTIVE, PROBABILITIES, Algorithm
from mobilenas.files.paths import path_of
from mobilenas.network import NetworkSpec, improve
from mobilenas.objective import Loss, Reward
from mobilenas.pipeline.fits_architecture import wrong_architecture
from mobilenas.pipeline.fits_weights import beginnings, unused_weights
from mobilenas.pipeline.memory import too_large
from mobilenas.pipeline.settings import FINE_TUNING, Settings
from mobilenas.stages import Run, Stage

log = logging.getLogger(__name__)


def misfits(
    settings: Settings, stages: Sequence[Stage], pending: Sequence[Stage], run: Run, overrides: Sequence[str]
) -> Iterator[str]:
    """Yields every misfit, with the way out.

    Args:
        settings: the settings of the run
        stages: all stages that the settings make
        pending: the requested stages that are not complete
        run: the common part of the stages
        overrides: the settings that the user has given on the command line
    """
    wanted = [stage for stage in stages if stage.name in settings.stages]
    names = {stage.name for stage in wanted}
    yield from _stages(settings, names)
    yield from _adaptation(settings, run, names)
    yield from wrong_architecture(settings, run)
    yield from _ranking(settings, run)
    _tell_of_supernet_seed(settings, stages, run)
    losses = list(_objective(settings))
    yield from losses
    if "search" in names:
        yield from _learned(settings)
    yield from _images(settings, names)
    yield from _heads(settings, names)
    yield from unused_weights(settings, run)
    if "retrain" in names:
        yield from beginnings(settings, stages, overrides)
    if any(stage.trains for stage in pending):
        missing = list(_said(run.training.check))
        yield from missing or too_large(settings, run, names)
    elif pending:
        yield from _said(run.training.logger.check)
    for stage in pending:
        yield from _said(stage.check)
    told = ("objective",) if losses else ("algorithm",) if set(settings.stages) - names else ()
    reading = stages if any(_group(one) == "stages" for one in overrides) else wanted
    yield from _unread_sizes(settings, run, overrides)
    yield from _unread_by_heads(settings, run, overrides)
    yield from _without_effect(settings, reading, [one for one in overrides if _group(one) not in told])


def _stages(settings: Settings, names: set[str]) -> Iterator[str]:
    """Yields requested stages that these settings do not make."""
    missing = set(settings.stages) - names
    if "supernet" in missing:
        yield (
            "The stage supernet needs evaluator=supernet, and an algorithm that searches: choose both, for example by"
            " experiment=moga, or leave out the stage."
        )
    if missing & {"seed", "adapt"}:
        yield (
            "The stages seed and adapt need algorithm=netadapt, or algorithm@adaptation=netadapt if another algorithm"
            " searches first."
        )
    if "quantize" in missing:
        yield "The stage quantize needs a runtime: add for example quantize=[onnx_runtime], or leave out the stage."
    if "baselines" in missing:
        yield (
            "The stage baselines needs a published network: add for example baselines=[mobilenet_v2@0.5], or leave out"
            " the stage."
        )
    if settings.quantize_recipe and not settings.quantize:
        yield (
            "quantize_recipe fine-tunes networks for 8 bits, and no runtime is named for these: add for example"
            " quantize=[onnx_runtime], or leave out recipe@quantize_recipe."
        )
    if "parent" in missing:
        yield (
            "The stage parent fine-tunes the network whose weights a supernet inherits: add method.init=inherit,"
            " network=... and weights=..., or leave out the stage."
        )
    if missing & {"alone", "ranking"}:
        yield "The stages alone and ranking need evaluator=ranking: choose this evaluator, or leave out these stages."
    if "search" in missing:
        yield (
            "algorithm=netadapt makes a trained network smaller: add experiment=netadapt, whose stages are"
            " profile, seed, adapt, retrain and report."
        )


def _adaptation(settings: Settings, run: Run, names: set[str]) -> Iterator[str]:
    if settings.netadapt and run.networks:
        yield from _said(lambda: improve(run.networks[0], settings.improvements))
    if isinstance(settings.algorithm, NetAdapt) and {"seed", "adapt"} & names and not run.networks:
        yield "The stages seed and adapt need a network: add for example network=mobilenet_v2, or network_file=..."


def _ranking(settings: Settings, run: Run) -> Iterator[str]:
    """Yields an evaluator that measures how well a supernet ranks, if nothing is searched."""
    if settings.evaluator.ranked_by and (isinstance(settings.algorithm, NetAdapt) or run.networks):
        yield (
            "evaluator=ranking has no effect, because the network is given and there is no supernet: leave it out, or"
            " choose an experiment that searches, for example experiment=moga."
        )


def _tell_of_supernet_seed(settings: Settings, stages: Sequence[Stage], run: Run) -> None:
    """Warns about a seed of the supernet, if no stage trains one; a sweep may set it for several experiments."""
    trained = not run.networks and any(stage.name == "supernet" and not stage.unneeded for stage in stages)
    if settings.supernet_seed is not None and not trained:
        log.warning("supernet_seed=%d has no effect, because this run trains no supernet.", settings.supernet_seed)


def _objective(settings: Settings) -> Iterator[str]:
    """Yields a loss, if no algorithm of the run would refuse it."""
    by_itself = isinstance(settings.algorithm, Algorithm) and OBJECTIVE in settings.algorithm.needs
    if isinstance(settings.objective, Loss) and not by_itself:
        yield (
            f"The objective {type(settings.objective).__name__} is a loss, which a method minimizes and an algorithm"
            " cannot use: write objective@method.objective=... for the method, or choose objective=accuracy_latency."
        )


def _learned(settings: Settings) -> Iterator[str]:
    """Yields an algorithm that reads probabilities, if no method learns them."""
    algorithm = settings.algorithm
    if isinstance(algorithm, Algorithm) and PROBABILITIES in algorithm.needs and not settings.method.learns:
        yield (
            f"The algorithm {type(algorithm).__name__} takes what a method has learned of the architecture: add"
            " method=binarized or method=gumbel, or choose algorithm=nsga2."
        )


def _images(settings: Settings, names: set[str]) -> Iterator[str]:
    """Yields targets for another number of images than the device runs at once."""
    images = settings.hardware.images
    targets: list[tuple[str, float | None, int]] = []
    if "supernet" in names and settings.method.target_ms is not None:
        targets.append(("method.objective", settings.method.target_ms, settings.method.target_images))
    if "search" in names and isinstance(settings.objective, Reward):
        targets.append(("objective", settings.objective.target_ms, settings.objective.target_images))
    if "adapt" in names and (adaptation := settings.netadapt):
        group = "algorithm" if isinstance(settings.algorithm, NetAdapt) else "adaptation"
        targets.append((group, adaptation.target_ms, adaptation.target_images))
    for group, target_ms, counted in targets:
        if target_ms is not None and counted != images:
            yield (
                f"{group}.target_ms is the time of {_images_in_words(counted)}, but the device runs"
                f" {_images_in_words(images)} at once: set {group}.target_images={images} and a target for that number,"
                f" or measure the device with {_images_in_words(counted)} at once."
            )


def _heads(settings: Settings, names: set[str]) -> Iterator[str]:
    """Yields a device that cannot run the heads of the run's task."""
    device = settings.hardware.at_hand
    if device and settings.task.heads and names & {"profile", "adapt"} and not device.device.runs_heads:
        yield (
            f"{type(device.device).__name__} does not run the heads of task={settings.task.name}: choose"
            " hardware=litert, which phones have too, or hardware=cpu."
        )


def _images_in_words(count: int) -> str:
    return "one image" if count == 1 else f"{count} images"


def _without_effect(settings: Settings, stages: Sequence[Stage], overrides: Sequence[str]) -> Iterator[str]:
    """Yields choices of groups that none of these stages reads, and warns about single settings of them.

    A sweep may set the sizes of several experiments at once, so that a setting without effect is no error. If the user
    chooses the stages, these are all stages that the settings make, because the same command without this choice
    continues the run.
    """
    reading = [stage for stage in stages if not stage.unneeded]
    read = {group for stage in reading for group in stage.groups}
    for override in overrides:
        group = _group(override)
        if override in (FINE_TUNING, f"recipe={settings.task.name}"):  # which the command adds to weights and tasks
            continue
        if group in _READ_BY_STAGES and group not in read:
            said = (
                f"{override} has no effect, because none of the stages {', '.join(stage.name for stage in reading)}"
                " reads it: leave it out, or add the stage that reads it to stages."
            )
            if "." in override.partition("=")[0].partition("@")[0]:
                log.warning(said)
            else:
                yield said


def _unread_sizes(settings: Settings, run: Run, overrides: Sequence[str]) -> Iterator[str]:
    """Yields overrides of the space if the given network decides, and of the given network if there is none."""
    for override in overrides:
        group = _group(override)
        if group == "network_width" and not run.networks and not run.parent:
            yield f"{override} has no effect, because no network is given: set search_space.width, or add network=..."
        if group == "search_space" and run.networks and isinstance(run.space, WidthSpace):
            yield f"{override} has no effect, because the widths of the given network are measured: leave it out."


def _unread_by_heads(settings: Settings, run: Run, overrides: Sequence[str]) -> Iterator[str]:
    """Yields overrides of the task if the given network has a head of its own, and of what no detector reads."""
    file, given = settings.network_file, [(one, one.lstrip("+")) for one in overrides]
    of_task = [override for override, name in given if name.startswith("task.")]
    own = NetworkSpec.load(path_of(file)).head if file and run.networks and of_task else None
    if own:
        for override in of_task:
            yield (
                f"{override} has no effect, because the network in {file} has a head of its own ({own.name}): leave it"
                " out, or change the line head: of the file."
            )
    for override, name in given:
        if settings.task.learns == "boxes" and name.startswith("recipe.label_smoothing="):
            yield f"{override} has no effect, because the loss of a detector does not smooth labels: leave it out."


def _group(override: str) -> str:
    """Returns the group of an override: ``objective@method.objective=latency_log`` sets ``method``."""
    name = override.partition("=")[0].lstrip("+~")
    return (name.partition("@")[2] or name).partition(".")[0]


_READ_BY_STAGES = ("method", "supernet_recipe", "recipe", "algorithm", "objective", "evaluator")


def _said(check: Callable[[], object]) -> Iterator[str]:
    """Yields the sentence of the error that a check raises."""
    try:
        check()
    except ValueError as error:
        yield str(error)
