"""The settings of a search space; the space itself is made when the data are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from mobilenas.network.transform import scale_hidden, scale_width, set_resolution, unstride
from mobilenas.ops import Padding, Resolution
from mobilenas.search_space.base import SearchSpace
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.settings import Count, Positive, Share, WidthFactor, settings


@settings
class SpaceSettings(ABC):
    """The settings that ``conf/search_space`` names."""

    width = 1.0  # of all channels; a setting of the spaces that can be narrowed

    @abstractmethod
    def space(self, classes: int, resolution: Resolution) -> SearchSpace:
        """Returns the space.

        Args:
            classes: number of classes
            resolution: resolution of the images

        Raises:
            ValueError: a number is below 1
        """


class StageRow(NamedTuple):
    """A row of a skeleton: channels, number of blocks, stride of the first block, activation of all blocks."""

    channels: int
    blocks: int
    stride: int
    act: str = "relu"


class Place(NamedTuple):
    """A block of a skeleton: channels before and after it, stride, activation."""

    channels: int
    out: int
    stride: int
    act: str

    @property
    def keeps_shape(self) -> bool:
        """Whether a residual connection can go round the block."""
        return self.stride == 1 and self.channels == self.out


@settings
class SkeletonSettings(SpaceSettings):
    """The settings of all spaces on the skeleton of a mobile network.

    Args:
        width: multiplies all channels
        stages: number of the first stages to keep; all by default
        blocks: largest number of blocks in each stage; all by default
        hidden: multiplies the hidden layer after the pooling, or the last convolution, which has its own rule
            for ``width``
        unstrided: this number of layers, the first ones with stride 2, get stride 1, for small images
        dropout: dropout before the last layer
        padding: ``symmetric`` as in PyTorch, or ``same`` as in TensorFlow, in which phones need no extra operation
    """

    width: WidthFactor = 1.0
    stages: Positive | None = None
    blocks: Positive | None = None
    hidden: WidthFactor = 1.0
    unstrided: Count = 0
    dropout: Share = 0.2
    padding: Padding = "symmetric"

    def places(self, channels: int, rows: Sequence[StageRow]) -> Iterator[Place]:
        """Yields the blocks that are kept, after a layer with this number of channels."""
        for row in rows[: self.stages]:
            for block in range(min(row.blocks, self.blocks or row.blocks)):
                yield Place(channels, row.channels, 1 if block else row.stride, row.act)
                channels = row.channels

    def at_size(self, space: LayerwiseSpace, resolution: Resolution) -> LayerwiseSpace:
        """Returns the space of the same networks at another resolution, and at the width that is set."""
        space = space.transformed(lambda network: unstride(set_resolution(network, resolution), self.unstrided))
        space = replace(space, padding=self.padding)
        return space.transformed(lambda network: scale_hidden(scale_width(network, self.width), self.hidden))


def check_names(settings: SpaceSettings, field: str, wanted: Sequence[str], known: Collection[str]) -> None:
    """Raises ValueError if a name is unknown, stands twice, or there is none."""
    owner = f"{type(settings).__name__}: {field}"
    if not wanted:
        raise ValueError(f"{owner} must name at least one of {', '.join(known)}.")
    for name in wanted:
        if name not in known:
            raise ValueError(f"{owner} must be names of {', '.join(known)}, not {name!r}.")
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"{owner} must name each only once, not {list(wanted)}.")
