"""Trained weights as they were found, before they are matched with a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from mobilenas.data.marks import NO_MARKS, Marks
from mobilenas.data.normalization import Normalization
from mobilenas.network import NetworkSpec
from mobilenas.ops import Padding


@dataclass(frozen=True, eq=False)
class Source:
    """Trained weights as they were found.

    Args:
        origin: names them in messages
        tensors: the tensors by the names that they have there
        is_ordered: whether they are in the order of the layers; a safetensors file has lost it
        network: the network that they were trained with, if it is known
        eps: epsilon of the batch norms, if it is known
        padding: the padding of the network, if it is known
        normalization: of the images that trained it, if it is known
        classes: names of the classes in the order of the outputs, if they are known
        module: the library's network, if they are a library's
        trained_on: the marks of the images that have trained them, if they are a run's here
    """

    origin: str
    tensors: Mapping[str, Tensor]
    is_ordered: bool = True
    network: NetworkSpec | None = None
    eps: float | None = None
    padding: Padding | None = None
    normalization: Normalization | None = None
    classes: tuple[str, ...] | None = None
    module: nn.Module | None = None
    trained_on: Marks = field(default_factory=NO_MARKS.copy)
