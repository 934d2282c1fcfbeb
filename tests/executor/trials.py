"""Evaluators that worker processes can import: a real one, and some whose trials go wrong."""

import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from mobilenas.data import Augment, Digits
from mobilenas.evaluation import Architecture, Evaluation, Score
from mobilenas.evaluator import Evaluator, SupernetAccuracy, SupernetEvaluator
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.supernet import Supernet
from tests.processes import is_there

SPACE = MoGA(width=0.25, stages=1, blocks=2, hidden=0.0625, candidates=("e3_k3", "e3_k3_se", "e3_k5")).space(10, 8)
ARCHITECTURES = [(first, second) for first in range(3) for second in range(3)]


def supernet_evaluator(space: LayerwiseSpace = SPACE) -> SupernetEvaluator:
    """Random weights."""
    torch.manual_seed(0)
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    accuracy = SupernetAccuracy(Supernet(space), data, 64, 64, torch.device("cpu"))
    return SupernetEvaluator(accuracy, "context")


def score(architecture: Architecture) -> Score:
    """Each option adds to the accuracy; how much depends on the decision."""
    return Score(architecture, sum((option + 1) / (place + 2) for place, option in enumerate(architecture)) / 100)


def evaluation(architecture: Architecture) -> Evaluation:
    """The score, and costs; each option adds to them."""
    cost = sum((option + 1) * (place + 1) ** 2 for place, option in enumerate(architecture))
    return Evaluation(architecture, score(architecture).accuracy, float(cost), cost, cost)


@dataclass
class Toy(Evaluator):
    """Notes in a folder which trials were begun, and by which processes.

    Args:
        folder: for the notes
        dies: the architecture whose process is killed in the middle of a trial
        times: number of times that its process is killed
        refused: the architecture that raises ValueError
        seconds: duration of a trial
        hangs: the architecture whose trial takes an hour
        last: number of trials, over all searches, after which every trial takes an hour too
    """

    folder: Path
    dies: Architecture | None = None
    times: int = 0
    refused: Architecture | None = None
    seconds: float = 0.0
    hangs: Architecture | None = None
    last: int | None = None

    @property
    def context(self) -> str:
        return "toy"

    def score(self, architecture: Architecture) -> Score:
        note(self.folder / f"processes-{architecture}", str(os.getpid()))
        all_begun = note(self.folder / "processes", str(os.getpid()))
        begun = note(self.folder / "-".join(map(str, architecture)), "begun")
        if architecture == self.refused:
            raise ValueError(f"{architecture} is refused.")
        too_late = self.last is not None and all_begun > self.last
        time.sleep(3600 if architecture == self.hangs or too_late else self.seconds)
        if architecture == self.dies and begun <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        return score(architecture)

    def begun(self, architecture: Architecture) -> int:
        """How often a trial was begun."""
        return len(lines(self.folder / "-".join(map(str, architecture))))

    def all_begun(self) -> int:
        """How many trials were begun."""
        return len(lines(self.folder / "processes"))

    def processes(self, architecture: Architecture | None = None) -> set[int]:
        """The processes that have run trials, or one of them."""
        name = "processes" if architecture is None else f"processes-{architecture}"
        return set(map(int, lines(self.folder / name)))


class Together(Toy):
    """Says that it shares work."""

    shares = True


@dataclass
class Reader(Evaluator):
    """Reads images in worker processes, notes these in a folder, and never ends."""

    folder: Path

    @property
    def context(self) -> str:
        return "reader"

    def score(self, architecture: Architecture) -> Score:
        data = Digits(
            resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0, workers=2
        ).load()
        batches = iter(data.train_loader(8, seed=0))
        next(batches)
        for process in multiprocessing.active_children():
            note(self.folder / "processes", str(process.pid))
        time.sleep(3600)
        return score(architecture)

    def processes(self) -> set[int]:
        """The processes that read."""
        return set(map(int, lines(self.folder / "processes")))


def note(path: Path, text: str) -> int:
    """Append a line; returns how many there are now."""
    with path.open("a") as file:
        file.write(f"{text}\n")
    return len(lines(path))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def gone(processes: set[int], seconds: float = 20.0) -> bool:
    """Whether these processes end in time."""
    end = time.monotonic() + seconds
    while any(map(is_there, processes)):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
