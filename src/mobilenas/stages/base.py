"""The interface of a stage, and the common part of all stages of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from mobilenas.task import Classification, Task

if TYPE_CHECKING:
    from mobilenas.data import TaskData
    from mobilenas.network import NetworkSpec
    from mobilenas.search_space import LayerwiseSpace, SearchSpace
    from mobilenas.training import Training
    from mobilenas.training.pretrained import Pretrained
    from mobilenas.training.teacher import Teacher

StageName = Literal[
    "profile",
    "parent",
    "supernet",
    "alone",
    "ranking",
    "search",
    "seed",
    "adapt",
    "retrain",
    "baselines",
    "quantize",
    "report",
]

STAGE_NAMES: tuple[str, ...] = get_args(StageName)
"""The names of all stages, in the pipeline's order."""

Facts = Mapping[str, object]
"""The results of a stage for the log, as plain values by name."""


@dataclass(frozen=True)
class Run:
    """The common part of all stages of a run.

    Args:
        folder: the run's own folder
        space: the search space at this run's size
        data: the images, and what is to be learned of them
        training: the settings that all trainings have in common, the seed included
        threads: number of threads of torch; with None torch decides
        networks: given networks, if there is no search
        choose: number of networks to choose
        choose_by: whether a search's networks are spread along its front, or the most accurate ones within its target
        parent: the given network around which the space lies, or whose weights the supernet inherits
        weights: trained weights of the given network
        teacher: the network that ``recipe.teacher`` names
        task: what the networks learn
        architecture: the architecture to train, instead of networks that are chosen; empty to choose
    """

    folder: Path
    space: SearchSpace
    data: TaskData
    training: Training
    threads: int | None = None
    networks: tuple[NetworkSpec, ...] = ()
    choose: int = 1
    parent: NetworkSpec | None = None
    weights: Pretrained | None = None
    teacher: Teacher | None = None
    choose_by: Literal["spread", "accuracy"] = "spread"
    task: Task = field(default_factory=Classification)
    architecture: tuple[int, ...] = ()

    @property
    def seed(self) -> int:
        return self.training.seed

    @property
    def choice(self) -> object:
        """What decides the chosen networks, for fingerprints."""
        if self.architecture:
            return {"architecture": list(self.architecture)}
        return self.choose if self.choose_by == "spread" else [self.choose, self.choose_by]

    @property
    def layerwise(self) -> LayerwiseSpace:
        """The space, if a supernet can be built of it.

        Raises:
            ValueError: it is not a sequence of choice blocks
        """
        from mobilenas.search_space import layerwise

        return layerwise(self.space)

    @property
    def trained(self) -> dict[str, object]:
        """Everything that any training of this run depends on, except its network and its recipe."""
        return {
            "data": self.data.fingerprint,
            "trainer": self.training.trainer.identity,
            "threads": self.threads,
            "seed": self.seed,
        }

    @property
    def taught(self) -> dict[str, object]:
        """Everything that the training of a single network depends on besides: its teacher."""
        return {"teacher": self.teacher.fingerprint if self.teacher else None}


@dataclass(frozen=True)
class Stage(ABC):
    """One step of a run; it writes its own artifact into the run's folder.

    Args:
        run: the run that it belongs to
    """

    name: ClassVar[str]
    trains: ClassVar[bool] = False
    """Whether networks are trained or scored, on the devices of ``run.training``."""

    run: Run

    @property
    @abstractmethod
    def depends_on(self) -> Mapping[str, object]:
        """Everything that the result depends on, except the artifacts that it reads, as plain values."""

    @abstractmethod
    def make(self, folder: Path, made: Collection[str]) -> Facts:
        """Writes the artifact.

        Args:
            folder: the stage's own folder, which may have files of an interrupted attempt
            made: the stages whose artifacts are complete, made with the settings of this run
        """

    @property
    def reads(self) -> tuple[str, ...]:
        """The stages whose artifacts the result depends on."""
        return ()

    @property
    def reads_if_made(self) -> tuple[str, ...]:
        """The stages whose artifacts the result depends on if they are complete."""
        return ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of settings that the result depends on, by name."""
        return ()

    @property
    def unneeded(self) -> str:
        """The reason why the stage has nothing to do in this run, or an empty text."""
        return ""

    @property
    def is_shared(self) -> bool:
        """Whether the same artifact of another run can be copied instead."""
        return True

    def check(self) -> None:
        """Raises ValueError if the stage cannot work with its settings, before any stage begins."""

    def show(self, folder: Path) -> None:
        """Shows the complete artifact to the user, at the end of the run."""
