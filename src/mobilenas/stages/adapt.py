"""Make a trained network smaller by NetAdapt until it is fast enough (MobileNetV3 Sec. 4.2)."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from safetensors.torch import load_file

from mobilenas.adaptation import Adaptation
from mobilenas.adaptation.fine_tune import FineTune
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.algorithm import equally_spaced
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.evaluation.store import Store
from mobilenas.executor import Executor
from mobilenas.executor.trial import computing
from mobilenas.files.hashes import digest, fingerprint
from mobilenas.hardware import LocalHardware
from mobilenas.progress import Progress
from mobilenas.stages.base import Candidate, Experiment
from mobilenas.stages.latencies import Latencies
from mobilenas.stages.profile import TABLE
from mobilenas.stages.search import FRONT, TOLD, evaluations_of, read_evaluations, write_evaluations
from mobilenas.stages.seed import read_seed
from mobilenas.training.short import ShortTraining
from mobilenas.training.weights import save_weights

log = logging.getLogger(__name__)


def adapt(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the networks of all steps, and the latency table with the layers that were measured on the way."""
    run = _Run(experiment, folder)
    with experiment.executor as executor, Store(experiment.evaluations("adapt")) as store:
        run.to_the_end(store, executor)
    write_evaluations(run.adaptation.path, folder / FRONT)
    run.latencies.table.save(folder / TABLE)
    write_evaluations(run.told, folder / TOLD)
    shutil.rmtree(folder / "steps", ignore_errors=True)
    last, target_ms = run.adaptation.path[-1], run.adaptation.target_ms
    if not run.adaptation.reached:
        log.warning(
            "adapt: %.4g ms is as fast as it gets, and the target is %.4g: no width alone cuts enough; set a smaller"
            " divisor or delta of netadapt.",
            last.latency_ms,
            target_ms,
        )
    return {"steps": len(run.adaptation.path) - 1, "latency_ms": last.latency_ms, "target_ms": target_ms}


def adapted(experiment: Experiment) -> list[Candidate]:
    """The network of the last step; where more are chosen, they are at equal distances along the steps to it."""
    widths, path = _widths(experiment), read_evaluations(experiment.folder / "adapt" / FRONT)
    evaluations = equally_spaced(path, experiment.choose) if experiment.choose > 1 else path[-1:]
    name = widths.seed.name
    return [
        Candidate(replace(widths.network(one.architecture), name=f"{name}-adapted-{number}"), one)
        for number, one in enumerate(evaluations, 1)
    ]


class _Run:
    """An adaptation, with the weights of each step's network in a file."""

    def __init__(self, experiment: Experiment, folder: Path) -> None:
        assert experiment.adaptation is not None
        self._experiment, self._folder, self._settings = experiment, folder, experiment.adaptation
        self._widths = _widths(experiment)
        self.latencies = Latencies(experiment, self._widths)
        whole_ms = self.latencies.whole_ms if isinstance(experiment.hardware, LocalHardware) else None
        self.adaptation = Adaptation(self._settings, self._widths, self.latencies, whole_ms)
        self.told: list[Evaluation] = []
        self._weights = read_seed(experiment.folder)[1]
        identity = [experiment.identity[part] for part in ("recipe", "data", "trainer", "seed")]
        scoring = (asdict(self._settings.fine_tuning), self._settings.divisor)
        where = (experiment.trial_threads, experiment.training.device.type)
        seed = (self._widths.seed.to_yaml(), digest(self._weights))
        self._base = fingerprint([identity, scoring, where, seed, self.latencies.table.figures])

    def to_the_end(self, store: Store, executor: Executor) -> None:
        """Take steps until there is none left to take."""
        retry = self._experiment.retry_failures
        with Progress("adapt", self._most_networks(), "network") as progress:
            self.latencies.on_progress = lambda doing, done, all_: progress.say(
                f"{self._said()}, {doing} layers {done}/{all_}".lstrip(", ")
            )
            while asked := self.adaptation.ask():
                latencies = dict(zip(asked, self.adaptation.latencies(asked), strict=True))
                evaluator = self._evaluator(latencies)
                known: dict[Architecture, Evaluation] = {}
                for one in evaluations_of(asked, evaluator.context, evaluator, store, executor, retry):
                    known[one.architecture] = one
                    progress.advance(self._said())
                # a store that runs share may hold the latencies of other devices
                evaluations = [replace(known[one], latency_ms=ms) for one, ms in latencies.items()]
                self.adaptation.tell(evaluations)
                self.told += evaluations
                if self.adaptation.ask():
                    self._keep(evaluator)

    def _evaluator(self, latencies: Mapping[Architecture, float]) -> FineTune:
        experiment, tuning = self._experiment, self._settings.fine_tuning
        training = ShortTraining(
            experiment.data,
            tuning.constant(experiment.recipe),
            experiment.training.trainer,
            tuning.batch_size,
            tuning.calibration_images,
            tuning.steps,
        )
        return FineTune(
            self._widths,
            self.adaptation.parent,
            load_file(self._weights),
            tuning.keep,
            training,
            latencies,
            experiment.seed,
            self._taken,
        )

    def _keep(self, evaluator: FineTune) -> None:
        """Write the weights of the network that was taken, which the next step begins with.

        They are computed once more here, as the trial has computed them: a trial hands on its score alone.
        """
        path = self._folder / "steps" / f"{len(self.adaptation.path):03}-{self._taken}.safetensors"
        if not path.exists():
            with computing(self._experiment.trial_threads):
                save_weights(evaluator.weights(self.adaptation.parent), path)
        self._weights = path

    @property
    def _taken(self) -> str:
        """A short hash of all that the weights of the last step's network depend on."""
        return fingerprint([self._base, [one.architecture for one in self.adaptation.path]])

    def _most_networks(self) -> int:
        """Proposals of all steps, if each step cuts no more than it must and all widths can be cut."""
        (seed_ms,) = self.latencies([self._widths.widest])
        left_ms, steps = seed_ms - self._settings.target(seed_ms), 0
        while left_ms > 0 and steps < sum(self._widths.options):
            left_ms, steps = left_ms - self._settings.cut(seed_ms, steps), steps + 1
        return 1 + steps * len(self._widths.widths)

    def _said(self) -> str:
        path = self.adaptation.path
        if not path:
            return ""
        target_ms = self.adaptation.target_ms
        return f"step {len(path)}, {path[-1].latency_ms:.4g} of {target_ms:.4g} ms, top1 {path[-1].top1:.3f}"


def _widths(experiment: Experiment) -> WidthSpace:
    assert experiment.adaptation is not None
    return WidthSpace(read_seed(experiment.folder)[0], experiment.adaptation.divisor)
