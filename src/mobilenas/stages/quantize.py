"""The stage that writes the trained networks with 8 bits too, and compares both on their runtimes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from mobilenas.files.names import file_name
from mobilenas.files.record import write_record
from mobilenas.quantization.variants import Variant
from mobilenas.settings import plain
from mobilenas.stages.base import Facts, Stage
from mobilenas.stages.batches import check_batch
from mobilenas.stages.given_weights import Beginning
from mobilenas.stages.quantize_record import RECORD, QuantizedFile, QuantizeRecord
from mobilenas.stages.retrain import RetrainStage
from mobilenas.stages.retrain_record import RetrainRecord, TrainedNetwork
from mobilenas.stages.scored_files import scored_files
from mobilenas.stages.trained import remove_checkpoints, trained
from mobilenas.training import Recipe

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.quantization.comparison import Trained
    from mobilenas.quantization.written import Written

CALIBRATION_IMAGES, SEED = 100, 0
THREADS, ROUNDS = 1, 12  # as the papers measure: with one thread
SUFFIXES: Mapping[Variant, str] = MappingProxyType(
    {"fp32": "", "int8": "-int8", "fp32-aware": "-aware", "int8-aware": "-int8-aware"}
)


@dataclass(frozen=True)
class QuantizeStage(Stage):
    """Writes the files of each trained network for some runtimes, with 32 and with 8 bits (MobileNetV3, Table 4).

    Training images give the ranges of numbers of 8 bits. Accuracy is that of a file on its runtime on the split
    ``test``.

    Args:
        run: its data gives ranges and scores the files
        runtimes: names of the runtimes
        recipe: the recipe of a quantization-aware fine-tuning, whose files stand beside the others; None has none
    """

    name: ClassVar[str] = "quantize"
    runtimes: tuple[str, ...]
    recipe: Recipe | None = None

    @property
    def trains(self) -> bool:  # type: ignore[override]
        return self.recipe is not None

    @property
    def depends_on(self) -> Mapping[str, object]:
        own = {"runtimes": list(self.runtimes), "recipe": plain(self.recipe)}
        return own | (self.run.trained if self.recipe else {"data": self.run.data.fingerprint})

    @property
    def reads(self) -> tuple[str, ...]:
        return (RetrainStage.name,)

    @property
    def groups(self) -> tuple[str, ...]:
        return "quantize", "quantize_recipe", "data", "trainer"

    @property
    def unneeded(self) -> str:
        return "" if self.runtimes else "quantize names no runtime"

    @property
    def is_shared(self) -> bool:
        return False

    def check(self) -> None:
        from mobilenas.quantization.runtimes import RUNTIMES

        for name in self.runtimes:
            RUNTIMES[name].check()
        if self.recipe:
            from mobilenas.training.quantization_aware import check_aware

            check_aware(self.recipe)
            check_batch(self.run, self.recipe.batch_size, "quantize_recipe.batch_size", self._splits)

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        from mobilenas.engine.base import int8_instructions

        networks = RetrainRecord.load(self.run.folder / RetrainStage.name).networks
        files = {one.spec.name: self._files(one, folder / one.spec.name) for one in networks}
        told = self.recipe.in_words() if self.recipe else ""
        write_record(folder / RECORD, QuantizeRecord(files, int8_instructions(), told))
        eight = [one for own in files.values() for one in own if one.variant.startswith("int8")]
        return {f"{one.file} {self.run.task.score_name}": one.accuracy for one in eight}

    @property
    def _splits(self) -> tuple[str, ...]:
        return ("train",) if self.recipe and self.recipe.keep_best else ("train", "search")

    def _files(self, network: TrainedNetwork, folder: Path) -> tuple[QuantizedFile, ...]:
        from mobilenas.quantization.comparison import quantized
        from mobilenas.quantization.runtimes import RUNTIMES

        folder.mkdir(parents=True, exist_ok=True)
        shown = scored_files(self.run.data, network.spec)
        ranges = shown.ranges(CALIBRATION_IMAGES, SEED)
        runtimes = [RUNTIMES[name] for name in self.runtimes]
        found = quantized(
            self._trained(network, folder), runtimes, ranges, shown.answers, folder, THREADS, ROUNDS, SUFFIXES
        )
        return tuple(_result(one, found, shown.accuracy(one.scores)) for one in found)

    def _trained(self, network: TrainedNetwork, folder: Path) -> Trained:
        from mobilenas.engine.export.about import image_texts
        from mobilenas.quantization.comparison import Trained
        from mobilenas.training.weights import trained_network

        data, spec = self.run.data, network.spec
        about = image_texts(data.normalization.mean, data.normalization.std, data.classes)
        module = trained_network(spec, network.weights)
        return Trained(spec, module, about, file_name(spec.name, ""), self._tuned(network, folder))

    def _tuned(self, network: TrainedNetwork, folder: Path) -> nn.Module | None:
        """Returns the network after its quantization-aware fine-tuning, which is not done twice."""
        if not self.recipe:
            return None
        from mobilenas.files.tensors import read_tensors
        from mobilenas.training.quantization_aware import QuantizationAware
        from mobilenas.training.weights import WEIGHTS, marks_of_file, trained_network

        if not (folder / WEIGHTS).exists():
            begin = Beginning(read_tensors(network.weights), frozenset(), marks_of_file(network.weights))
            trained(self.run, self.recipe, network.spec, folder, self._splits, begin, make=QuantizationAware)
            remove_checkpoints(folder)
        return trained_network(network.spec, folder / WEIGHTS)


def _result(one: Written[Any], found: Sequence[Written[Any]], accuracy: float) -> QuantizedFile:
    return QuantizedFile(
        file=one.path.name,
        runtime=one.runtime.title,
        variant=one.variant,
        accuracy=accuracy,
        agreement=one.agreement(found),
        latency_ms=one.latency_ms,
        latency_std_ms=one.latency_std_ms,
        size_mb=one.size_mb,
        peak_memory_mb=one.peak_memory_mb,
        beside=tuple(path.name for path in one.runtime.paths(one.path) if path != one.path),
        kinds_ms=one.kinds_ms,
        noise_db={layer: noise if noise < float("inf") else None for layer, noise in one.noise_db.items()},
    )
