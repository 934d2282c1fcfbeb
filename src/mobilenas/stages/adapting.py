"""Takes NetAdapt's steps on a run's data and device, and keeps the weights of each step's network in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mobilenas.adaptation import Adaptation, FineTune, NetAdapt, WidthSpace
from mobilenas.data.marks import together
from mobilenas.evaluation import Architecture, Evaluation, Store
from mobilenas.executor import Executor, TrialPool
from mobilenas.executor.trial import computing
from mobilenas.files.hashes import digest, fingerprint
from mobilenas.files.tensors import read_tensors, write_tensors
from mobilenas.files.whole import is_sealed, seal
from mobilenas.hardware import Costs, Hardware
from mobilenas.progress import Progress
from mobilenas.settings import plain
from mobilenas.stages.base import Run
from mobilenas.stages.driving import Trials, threads_of
from mobilenas.stages.latencies import WidthLatencies
from mobilenas.stages.seed import SeedRecord
from mobilenas.training import Recipe
from mobilenas.training.short import ShortTraining
from mobilenas.training.weights import about_weights, marks_of_file


class Adapting:
    """An adaptation from the run's seed network to its target.

    Args:
        run: its data fine-tunes the proposals
        settings: the settings of the steps
        hardware: the hardware that the network is made smaller for
        recipe: the recipe from which the fine-tuning is made
        executor: runs the fine-tuning of proposals
        folder: the folder for the weights of each step

    Attributes:
        latencies: the latencies of the networks
        told: all evaluations so far, each network with one latency
        kept: the file of the weights of each step's network; the last network's is there only if it keeps its weights
    """

    def __init__(
        self, run: Run, settings: NetAdapt, hardware: Hardware, recipe: Recipe, executor: Executor, folder: Path
    ) -> None:
        seed = SeedRecord.load(run.folder / "seed")
        self._run, self._settings, self._recipe, self._folder = run, settings, recipe, folder
        self._widths = WidthSpace(seed.spec, settings.divisor)
        self.latencies = WidthLatencies(run.folder, hardware, run.space, self._widths)
        whole_ms = self.latencies.whole_ms if hardware.at_hand else None
        self._adaptation = Adaptation(settings, self._widths, self.latencies, whole_ms)
        self._told: list[Evaluation] = []
        self._seed = self._weights = seed.weights
        self._threads = threads_of(run, executor)
        self._keeps_last = settings.keeps_weights(run.weights is not None)
        self.kept: list[Path] = []
        parts = [plain(recipe), run.taught, run.trained, plain(settings.fine_tuning), settings.divisor]
        where = (self._threads, run.training.device.type)
        self._base = fingerprint([parts, where, seed.spec.to_yaml(), digest(seed.weights)])

    @property
    def path(self) -> list[Evaluation]:
        """The networks of all steps, the seed network first."""
        return self._adaptation.path

    @property
    def target_ms(self) -> float:
        return self._adaptation.target_ms

    @property
    def told(self) -> list[Evaluation]:
        taken = {one.architecture: one for one in self.path}
        return [taken.get(one.architecture, one) for one in self._told]

    def to_the_end(self, store: Store, pool: TrialPool, retry_failures: bool) -> None:
        """Takes steps until none is left."""
        with Progress("adapt", self._most_networks(), "network") as progress:
            self.latencies.on_progress = lambda doing, done, all_: progress.say(
                f"{self._said()}, {doing} layers {done}/{all_}".lstrip(", ")
            )
            while asked := self._adaptation.ask():
                evaluator = self._evaluator()
                trials = Trials(evaluator, self._costs, store, pool, retry_failures)
                known: dict[Architecture, Evaluation] = {}
                for one in trials(asked):
                    known[one.architecture] = one
                    progress.advance(self._said())
                evaluations = [known[one] for one in asked]
                self._adaptation.tell(evaluations)
                self._told += evaluations
                if self._keeps_last or self._adaptation.ask():
                    self._keep(evaluator)

    def _costs(self, architectures: Sequence[Architecture]) -> Costs:
        networks = [self._widths.network(one) for one in architectures]
        return Costs(
            np.array(self._adaptation.latencies(architectures)),
            np.array([network.params for network in networks], dtype=np.int64),
            np.array([network.macs for network in networks], dtype=np.int64),
        )

    def _evaluator(self) -> FineTune:
        tuning = self._settings.fine_tuning
        training = ShortTraining(
            self._run.data,
            tuning.constant(self._recipe),
            self._run.training.trainer,
            tuning.batch_size,
            tuning.calibration_images,
            tuning.steps,
            self._run.teacher,
        )
        weights, parent = read_tensors(self._weights), self._adaptation.parent
        return FineTune(self._widths, parent, weights, tuning.keep, training, self._run.seed, self._taken)

    def _keep(self, evaluator: FineTune) -> None:
        """Writes the weights of the network that was taken, because the next step begins with them.

        They are computed here again in the same way as in the trial, because a trial returns only its score.
        """
        path = self._folder / "steps" / f"{len(self.path):03}-{self._taken}.safetensors"
        if not is_sealed(path):
            with computing(self._threads):
                write_tensors(path, evaluator.weights(self._adaptation.parent), self._about)
            seal(path)
        self._weights = path
        self.kept.append(path)

    @property
    def _about(self) -> Mapping[str, str]:
        """The texts beside the weights of the last step's network."""
        data, network = self._run.data, self._widths.network(self._adaptation.parent)
        trained_on = together(marks_of_file(self._seed), data.marks(["train"]))
        return about_weights(network, data.normalization, data.classes, trained_on, data.ignored)

    @property
    def _taken(self) -> str:
        """A short hash of everything that the weights of the last step's network depend on."""
        return fingerprint([self._base, [one.architecture for one in self.path]])

    def _most_networks(self) -> int:
        """Returns the number of proposals of all steps, if each step cuts its minimum and all widths can be cut."""
        (seed_ms,) = self.latencies([self._widths.widest])
        left_ms, steps = seed_ms - self._settings.target(seed_ms), 0
        while left_ms > 0 and steps < sum(self._widths.options):
            left_ms, steps = left_ms - self._settings.cut(seed_ms, steps), steps + 1
        return 1 + steps * len(self._widths.widths)

    def _said(self) -> str:
        if not self.path:
            return ""
        last = self.path[-1]
        return f"step {len(self.path)}, {last.latency_ms:.4g} of {self.target_ms:.4g} ms, accuracy {last.accuracy:.3f}"
