"""Gathers the result of a run from the records of its stages."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.evaluation import Evaluation
from mobilenas.files.artifact import SECONDS, Artifact
from mobilenas.hardware import LatencyTable
from mobilenas.report import words
from mobilenas.report.result import ChosenBy, ImageFormat, NetworkResult, RunResult, StageEffort
from mobilenas.stages import (
    AdaptRecord,
    Choice,
    Chosen,
    ProfileRecord,
    QuantizeRecord,
    RankingRecord,
    RetrainRecord,
    Run,
    SearchRecord,
    SupernetRecord,
)
from mobilenas.stages.adapt import widths_of
from mobilenas.stages.base import STAGE_NAMES
from mobilenas.stages.predictions import FOLDER, read_predictions

if TYPE_CHECKING:
    from mobilenas.data import TaskData
    from mobilenas.search_space import SearchSpace
    from mobilenas.stages.retrain_record import TrainedNetwork

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Records:
    """The records of a run's complete stages; None for a stage that is not complete.

    Args:
        folder: the run's folder
        made: the stages whose artifacts are complete, made with the settings of this run
        space: the space that was searched; without it architectures are not checked
    """

    folder: Path
    made: Collection[str]
    space: SearchSpace | None = None

    @cached_property
    def profile(self) -> ProfileRecord | None:
        return ProfileRecord.load(self.folder / "profile") if "profile" in self.made else None

    @cached_property
    def supernet(self) -> SupernetRecord | None:
        return SupernetRecord.load(self.folder / "supernet") if "supernet" in self.made else None

    @cached_property
    def search(self) -> SearchRecord | None:
        return SearchRecord.load(self.folder / "search", self.space) if "search" in self.made else None

    @cached_property
    def ranking(self) -> RankingRecord | None:
        return RankingRecord.load(self.folder / "ranking", self.space) if "ranking" in self.made else None

    @cached_property
    def adapt(self) -> AdaptRecord | None:
        return AdaptRecord.load(self.folder / "adapt") if "adapt" in self.made else None

    @cached_property
    def retrain(self) -> RetrainRecord | None:
        space = None if "adapt" in self.made else self.space  # NetAdapt's architectures are widths
        return RetrainRecord.load(self.folder / "retrain", space) if "retrain" in self.made else None

    @cached_property
    def baselines(self) -> RetrainRecord | None:
        return RetrainRecord.load(self.folder / "baselines") if "baselines" in self.made else None

    @cached_property
    def quantize(self) -> QuantizeRecord | None:
        return QuantizeRecord.load(self.folder / "quantize") if "quantize" in self.made else None

    @property
    def quantized(self) -> list[Path]:
        """The files of the trained networks, with 32 and with 8 bits."""
        files = self.quantize.files if self.quantize else {}
        return [
            self.folder / "quantize" / name / file
            for name, own in files.items()
            for one in own
            for file in (one.file, *one.beside)
        ]

    @property
    def table(self) -> LatencyTable | None:
        """The latency table of the device, with the layers that NetAdapt added."""
        return self.adapt.table if self.adapt else self.profile.table if self.profile else None

    @property
    def told(self) -> tuple[Evaluation, ...]:
        """All evaluations of NetAdapt or of the search, failures included."""
        return self.adapt.told if self.adapt else self.search.told if self.search else ()

    @property
    def rounds(self) -> tuple[int, ...]:
        """The number of evaluations without a failure at the end of each round of the search."""
        if self.adapt or not self.search:
            return ()
        whole = list(accumulate((one.failure is None for one in self.search.told), initial=0))
        return tuple(whole[min(count, len(whole) - 1)] for count in self.search.rounds)

    @property
    def front(self) -> tuple[Evaluation, ...]:
        """The front of the search, or the networks of NetAdapt's steps, by rising latency."""
        found = self.adapt.path if self.adapt else self.search.front if self.search else ()
        return tuple(sorted(found, key=lambda one: one.latency_ms))

    @property
    def target_ms(self) -> float | None:
        """The target latency of NetAdapt, of the search, or of the supernet's method."""
        if self.adapt:
            return self.adapt.target_ms
        if self.search and self.search.target_ms is not None:
            return self.search.target_ms
        return self.supernet.target_ms if self.supernet else None


def _chosen_by(run: Run, records: Records) -> ChosenBy:
    if run.architecture:
        return "hand"
    if run.choose_by == "spread" and records.search and records.search.by_reward:
        return "reward"
    return run.choose_by


def gather(
    run: Run,
    records: Records,
    choice: Choice,
    table: LatencyTable | None,
    images: ImageFormat,
    title: str,
    settings: str,
) -> RunResult:
    """Returns the result of a run, before anything is measured or exported for it.

    Args:
        run: the run
        records: the records of its stages
        choice: chooses the networks, if none is trained yet
        table: the latency table, with rows for the chosen networks if they are available
        images: the format of the images that the networks expect
        title: title of the page
        settings: all settings, as YAML
    """
    about, second = table.about if table else {}, run.task.second_name
    facts = _facts(run, records, about)
    return RunResult(
        title=title,
        networks=tuple(_network(one, table, records, second) for one in chosen_networks(run, records, choice)),
        images=images,
        evaluations=tuple(one for one in records.told if one.failure is None),
        front=records.front,
        validation=records.profile.validation if records.profile else None,
        ranking=records.ranking,
        slowness=records.profile.slowness if records.profile else (),
        history=records.supernet.history if records.supernet else (),
        target_ms=records.target_ms,
        adapted=records.adapt is not None,
        chosen_by=_chosen_by(run, records),
        images_a_run=table.images if table else 1,
        int8_instructions=records.quantize.int8_instructions if records.quantize else "",
        test_images=run.data.sizes["test"],
        score_name=run.task.score_name,
        second_name=second,
        seen_images=_seen(run, records),
        latency_facts=about,
        facts={name: text for name, text in facts.items() if text},
        settings=settings,
        space=_space(run, records, choice),
        table=table,
        probabilities=records.supernet.probabilities_by_epoch if records.supernet else (),
        rounds=records.rounds,
        costs=tuple(_cost(records, name) for name in STAGE_NAMES if name in records.made),
    )


def _space(run: Run, records: Records, choice: Choice) -> SearchSpace | None:
    """Returns the space of the evaluated architectures: that of NetAdapt's widths, or the one that was searched."""
    if records.adapt:
        return widths_of(run.folder, choice.adaptation) if choice.adaptation and "seed" in records.made else None
    return run.space if records.search else None


def chosen_networks(run: Run, records: Records, choice: Choice) -> list[Chosen]:
    """Returns the networks that were trained, otherwise those that would be trained."""
    if records.retrain:
        return [Chosen(one.spec, one.evaluation) for one in records.retrain.networks]
    return choice.networks(run) if set(choice.reads(run)) <= set(records.made) else []


def trained_of(records: Records, name: str) -> TrainedNetwork | None:
    """Returns the trained network of a name, or None if it was not trained."""
    networks = records.retrain.networks if records.retrain else ()
    return next((one for one in networks if one.spec.name == name), None)


def image_format(data: TaskData, center_share: float) -> ImageFormat:
    """Returns the format of images that networks expect after training on a data set."""
    normalization = data.normalization
    return ImageFormat(data.size, normalization.mean, normalization.std, data.classes, center_share)


def _network(chosen: Chosen, table: LatencyTable | None, records: Records, second: str) -> NetworkResult:
    trained = trained_of(records, chosen.name)
    return NetworkResult(
        chosen.spec,
        chosen.evaluation,
        predicted_ms=_predicted_ms(table, chosen) if table else None,
        predicted_rmse_ms=table.rmse_ms if table and chosen.evaluation else None,  # that of networks of the space
        test_accuracy=trained.test_accuracy if trained else None,
        test_second=trained.test_others.get(second) if trained else None,
        test_others=trained.test_others if trained else {},
        test_by_class=trained.test_by_class if trained else {},
        predictions=_predictions(trained) if trained else (),
        files=records.quantize.files.get(chosen.name, ()) if records.quantize else (),
    )


def _predictions(trained: TrainedNetwork) -> tuple[tuple[str, bytes], ...]:
    """Returns the drawn predictions of a network; raises ValueError if a picture is missing."""
    folder = trained.weights.parent
    found = read_predictions(folder)
    try:
        return tuple((f"{one.image}: {one.score:.2f}", (folder / FOLDER / one.file).read_bytes()) for one in found)
    except OSError as error:
        raise ValueError(
            f"{error.filename} cannot be read ({error.strerror}): remove {folder}, and run again."
        ) from None


def _predicted_ms(table: LatencyTable, chosen: Chosen) -> float | None:
    try:
        return table.latency_ms(chosen.spec)
    except ValueError as error:
        log.warning("report: the latency of %s cannot be predicted: %s", chosen.name, error)
        return None


def _seen(run: Run, records: Records) -> int:
    """Returns how many images of the split ``test`` have trained a network, or what it has begun with."""
    from mobilenas.training.weights import marks_of_file

    networks = records.retrain.networks if records.retrain else ()
    return max((run.data.seen("test", marks_of_file(one.weights)) for one in networks), default=0)


def _cost(records: Records, stage: str) -> StageEffort:
    """Returns what a complete stage has cost."""
    seconds = Artifact(records.folder / stage, "").facts.get(SECONDS)
    told = {
        "search": records.search.told if records.search else (),
        "adapt": records.adapt.told if records.adapt else (),
    }
    return StageEffort(stage, float(seconds) if isinstance(seconds, int | float) else None, len(told.get(stage, ())))


def _facts(run: Run, records: Records, about: Mapping[str, str]) -> dict[str, str]:
    """Returns facts about the making of the run, by name; a fact may be empty."""
    facts = {
        "stages": ", ".join(name for name in STAGE_NAMES if name in records.made),
        "data": run.data.summary(),
        "latency": words.device(about),
    }
    if run.weights:
        facts["given weights"] = run.weights.origin
    if failed := [one.failure for one in records.told if one.failure]:
        facts["failed trials"] = f"{len(failed)}, the first one because {failed[0]}"
    if records.supernet or records.search:
        facts["search space"] = words.search_space(run.space)
    if records.supernet:
        facts["supernet"] = records.supernet.made_by
        facts["random architectures"] = words.scores(records.supernet.random_top1)
    if records.search:
        facts |= {"search": records.search.made_by, "evaluator": records.search.scored_by}
    if records.retrain:
        facts["retraining"] = records.retrain.made_by
    if records.baselines:
        facts["baselines"] = ", ".join(one.spec.name for one in records.baselines.networks)
    if records.quantize:
        facts["quantization-aware fine-tuning"] = records.quantize.fine_tuned
    return facts | {"versions": words.versions()}
