"""What a stage is, and what all stages of a run have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mobilenas.files.artifact import Artifact

if TYPE_CHECKING:
    from mobilenas.data import ImageData
    from mobilenas.network import NetworkSpec
    from mobilenas.search_space import LayerwiseSpace, SearchSpace
    from mobilenas.training import Training

Facts = Mapping[str, object]
"""What a stage found out, by name, for the log; plain values."""


@dataclass(frozen=True)
class Run:
    """What all stages of a run have in common.

    Args:
        folder: the run's own
        space: the search space at this run's size
        data: the images
        training: what all fits have in common, the seed among it
        threads: number of threads of torch; with None torch decides
        networks: given ones, where there is no search
        choose: so many networks are chosen
    """

    folder: Path
    space: SearchSpace
    data: ImageData
    training: Training
    threads: int | None = None
    networks: tuple[NetworkSpec, ...] = ()
    choose: int = 1

    @property
    def seed(self) -> int:
        return self.training.seed

    @property
    def layerwise(self) -> LayerwiseSpace:
        """The space, if a supernet can be built of it.

        Raises:
            ValueError: it is not a sequence of choice blocks
        """
        from mobilenas.search_space import LayerwiseSpace

        if not isinstance(self.space, LayerwiseSpace):
            raise ValueError(
                f"{self.space.name} has no supernet, because its networks differ in depth and width: add"
                " evaluator=proxy_task, and leave supernet out of stages."
            )
        return self.space

    @property
    def trained(self) -> dict[str, object]:
        """All that any training of this run depends on beside its network and its recipe."""
        from mobilenas.settings import plain

        return {
            "data": self.data.fingerprint,
            "trainer": plain(self.training.trainer),
            "threads": self.threads,
            "seed": self.seed,
        }

    def made(self, stage: str) -> bool:
        """Whether the artifact of a stage is complete."""
        return Artifact.is_complete(self.folder / stage)


@dataclass(frozen=True)
class Stage(ABC):
    """One step of a run; it writes one artifact of its own into the run's folder.

    Args:
        run: that it belongs to
    """

    name: ClassVar[str]
    trains: ClassVar[bool] = False
    """Whether networks are trained or scored, on the devices of ``run.training``."""

    run: Run

    @property
    @abstractmethod
    def depends_on(self) -> Mapping[str, object]:
        """All that the result depends on beside the artifacts it reads, as plain values."""

    @abstractmethod
    def make(self, folder: Path) -> Facts:
        """Write the artifact into a folder, which holds what an interrupted attempt has left there."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The stages whose artifacts the result depends on."""
        return ()

    @property
    def reads_if_made(self) -> tuple[str, ...]:
        """The stages whose artifacts the result depends on where they are complete."""
        return ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of settings that the result depends on, by name."""
        return ()

    @property
    def unneeded(self) -> str:
        """Why the stage has nothing to do in this run, or an empty text."""
        return ""

    @property
    def is_shared(self) -> bool:
        """Whether the same artifact of another run can be taken in its place."""
        return True

    def check(self) -> None:  # noqa: B027
        """Raises ValueError where the stage cannot work with what it was given, before any stage begins."""

    def show(self, folder: Path) -> None:  # noqa: B027
        """Tell the user what the complete artifact holds, at the end of the run."""
