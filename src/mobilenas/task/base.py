"""What networks learn: the interface of the group ``task``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from mobilenas.network import NetworkSpec, set_classes
from mobilenas.network.heads import Head
from mobilenas.settings import settings
from mobilenas.task.targets import Target


@settings
class Task(ABC):
    """What networks learn: it decides the head of each network, the loss and the score follow from the head."""

    name: ClassVar[str]
    """The name of its file in ``conf/task``."""

    learns: ClassVar[Target]
    """What the data must have."""

    score_name: ClassVar[str]
    """The name of the score that networks are compared by."""

    second_name: ClassVar[str]
    """The name of another score, which reports show beside it."""

    heads: ClassVar[tuple[type[Head], ...]] = ()
    """The kinds of heads that networks of this task can have."""

    def network(self, network: NetworkSpec, classes: int) -> NetworkSpec:
        """Returns a network for this task.

        Args:
            network: a network for classification, or one that has a head for this task, which stays
            classes: number of classes

        Raises:
            ValueError: the network cannot be one for this task; the error names it
        """
        if network.head is None:
            return self._made(network, classes)
        if isinstance(network.head, self.heads):
            return set_classes(network, classes)
        raise ValueError(
            f"{network.name} has the head {network.head.name}, and task={self.name} does not train it:"
            " task=detection trains ssdlite, and task=segmentation lr_aspp and r_aspp; or leave out the head, and end"
            " its layers with a classifier."
        )

    @abstractmethod
    def _made(self, network: NetworkSpec, classes: int) -> NetworkSpec:
        """Returns the network for this task that a network for classification becomes."""
