"""The record of networks of the space that were trained alone, to compare a supernet's scores with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mobilenas.evaluation import Architecture
from mobilenas.files.record import read_record, strict
from mobilenas.search_space import SearchSpace
from mobilenas.settings.kinds import Probability

ALONE, RECORD = "alone.json", "record.json"


@strict
@dataclass(frozen=True)
class AloneNetwork:
    """A network that was trained alone on the split ``train``; the content of its alone.json.

    Args:
        architecture: its architecture
        search_accuracy: its accuracy on the split ``search``, on which a supernet scores
        test_accuracy: its accuracy on the split ``test``
    """

    architecture: Architecture
    search_accuracy: Probability
    test_accuracy: Probability


@strict
@dataclass(frozen=True)
class AloneRecord:
    """The results of the stage.

    Args:
        made_by: the training in words
        search_images: number of images in the split ``search``
        networks: the networks in the order in which they were drawn
    """

    made_by: str
    search_images: int
    networks: tuple[AloneNetwork, ...]

    @classmethod
    def load(cls, folder: Path, space: SearchSpace | None = None) -> AloneRecord:
        """Reads the record in the stage's folder.

        Args:
            folder: the stage's folder
            space: the space of the architectures; without it they are not checked

        Raises:
            ValueError: the file is not as the stage wrote it
        """
        found: AloneRecord = read_record(folder / RECORD, cls)
        for one in found.networks if space else ():
            assert space
            space.check(one.architecture)
        return found
