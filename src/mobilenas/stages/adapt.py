"""The stage that makes a trained network smaller by NetAdapt until it is fast enough (MobileNetV3 Sec. 4.2)."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from mobilenas.adaptation import NetAdapt, WidthSpace
from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Evaluation, Store
from mobilenas.executor import Executor
from mobilenas.files.record import read_record, strict, write_record
from mobilenas.hardware import Hardware, LatencyTable
from mobilenas.settings import plain
from mobilenas.settings.kinds import Latency
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.chosen import Chosen, read_evaluations, write_evaluations
from mobilenas.stages.profile import TABLE
from mobilenas.stages.seed import SeedRecord
from mobilenas.training import Recipe

log = logging.getLogger(__name__)

PATH, TOLD, RECORD, WEIGHTS = "front.json", "told.json", "record.json", "weights"


@strict
@dataclass(frozen=True)
class AdaptFacts:
    """The content of the stage's record.json: the latency to reach."""

    target_ms: Latency


@dataclass(frozen=True)
class AdaptRecord:
    """The results of the stage.

    Args:
        path: the networks of all steps, the seed network first
        told: every network that was evaluated, failures included
        table: latency of each layer, with the layers that were measured on the way
        target_ms: the latency to reach
    """

    path: tuple[Evaluation, ...]
    told: tuple[Evaluation, ...]
    table: LatencyTable
    target_ms: float

    @classmethod
    def load(cls, folder: Path, widths: WidthSpace | None = None) -> AdaptRecord:
        """Reads the record in the stage's folder.

        Args:
            folder: the stage's folder
            widths: the widths that were adapted; without them architectures are not checked

        Raises:
            ValueError: a file is not as the stage wrote it
        """
        facts: AdaptFacts = read_record(folder / RECORD, AdaptFacts)
        path, told = read_evaluations(folder / PATH, widths), read_evaluations(folder / TOLD, widths)
        return cls(path, told, LatencyTable.load(folder / TABLE), facts.target_ms)

    def chosen(self, widths: WidthSpace, count: int) -> list[Chosen]:
        """Returns the network of the last step; more than one are taken at equal distances along the steps."""
        return [
            Chosen(replace(widths.network(one.architecture), name=f"{widths.seed.name}-adapted-{number}"), one)
            for number, one in enumerate(spread(self.path, count), 1)
        ]

    def weights(self, folder: Path, one: Evaluation) -> Path:
        """Returns the file of the weights that a chosen network has kept, in the stage's folder."""
        return folder / WEIGHTS / f"{self.path.index(one):03}.safetensors"


@dataclass(frozen=True)
class AdaptStage(Stage):
    """Writes the networks of all steps, and the latency table with the layers that were measured on the way.

    Args:
        run: its data fine-tunes the proposals
        adaptation: the settings of the steps
        hardware: the hardware that the network is made smaller for
        recipe: the recipe from which the fine-tuning is made
        executor: runs the fine-tuning of proposals
        store: file of evaluations that several runs share, instead of the run's own
        retry_failures: whether networks that the store holds as failures are fine-tuned again
    """

    name: ClassVar[str] = "adapt"
    trains: ClassVar[bool] = True
    adaptation: NetAdapt
    hardware: Hardware
    recipe: Recipe
    executor: Executor
    store: Path | None = None
    retry_failures: bool = False

    @property
    def depends_on(self) -> Mapping[str, object]:
        hardware = dict(self.hardware.identity)
        own = {"adaptation": plain(self.adaptation), "hardware": hardware, "recipe": plain(self.recipe)}
        if self._keeps_weights:
            own["choose"] = self.run.choose
        return own | self.run.trained | self.run.taught

    @property
    def reads(self) -> tuple[str, ...]:
        return "profile", "seed"

    @property
    def groups(self) -> tuple[str, ...]:
        return "algorithm", "adaptation", "hardware", "recipe", "executor", "data", "trainer"

    @property
    def _keeps_weights(self) -> bool:
        return self.adaptation.keeps_weights(self.run.weights is not None)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        from mobilenas.stages.adapting import Adapting

        adapting = Adapting(self.run, self.adaptation, self.hardware, self.recipe, self.executor, folder)
        with self.executor.open() as pool, Store(self.store or folder / "evaluations.sqlite") as store:
            adapting.to_the_end(store, pool, self.retry_failures)
        path, target_ms = adapting.path, adapting.target_ms
        write_evaluations(path, folder / PATH)
        adapting.latencies.table.save(folder / TABLE)
        write_evaluations(adapting.told, folder / TOLD)
        write_record(folder / RECORD, AdaptFacts(target_ms))
        if self._keeps_weights:
            _keep(path, adapting.kept, self.run.choose, folder / WEIGHTS)
        shutil.rmtree(folder / "steps", ignore_errors=True)
        if path[-1].latency_ms > target_ms:
            log.warning(
                "adapt: the lowest latency that was reached is %.4g ms, and the target is %.4g ms: no change of a"
                " single width saves enough; set a smaller divisor or delta of netadapt.",
                path[-1].latency_ms,
                target_ms,
            )
        return {"steps": len(path) - 1, "latency_ms": path[-1].latency_ms, "target_ms": target_ms}


def spread(path: Sequence[Evaluation], count: int) -> list[Evaluation]:
    """Returns the evaluation of the last step, or more of them at equal distances along the steps."""
    return list(equally_spaced(path, count) if count > 1 else path[-1:])


def _keep(path: Sequence[Evaluation], weights: Sequence[Path], count: int, folder: Path) -> None:
    """Copies the weights of the networks that are chosen, each under the number of its step."""
    folder.mkdir(exist_ok=True)
    for one in spread(path, count):
        step = path.index(one)
        shutil.copyfile(weights[step], folder / f"{step:03}.safetensors")


def widths_of(run_folder: Path, adaptation: NetAdapt) -> WidthSpace:
    """Returns the networks that an adaptation of a run chooses from."""
    return WidthSpace(SeedRecord.load(run_folder / "seed").spec, adaptation.divisor)
