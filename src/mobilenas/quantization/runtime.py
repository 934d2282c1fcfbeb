"""The interface of a runtime whose files a network is written to, with 32 and with 8 bits."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mobilenas.engine.base import Engine, Precision
from mobilenas.files.whole import replacing
from mobilenas.network import NetworkSpec
from mobilenas.training.scores import Runner

ImageBatch = NDArray[np.float32]


class Runtime(ABC):
    """Writes and runs files for one image at a time.

    Attributes:
        title: its name in words
        ending: the ending of its files, or of the first of them where a network is more than one
    """

    title: str
    ending: str

    def check(self) -> None:
        """Raises ValueError if the runtime, or what quantizes for it, is not installed."""

    @abstractmethod
    def engine(self, threads: int, precision: Precision) -> Engine:
        """Returns what measures its latency."""

    @abstractmethod
    def file(self, spec: NetworkSpec, module: nn.Module, about: Mapping[str, str]) -> bytes:
        """Returns the file of a network with 32 bits.

        Args:
            spec: its description
            module: its module in eval mode
            about: texts by name, which stand in the file
        """

    @abstractmethod
    def int8(self, file: bytes, batches: Iterable[ImageBatch], about: Mapping[str, str]) -> bytes:
        """Returns the same file with 8 bits.

        Args:
            file: the file with 32 bits
            batches: calibration images, each ``(1, C, H, W)``
            about: texts by name, which stand in the file
        """

    @abstractmethod
    def outputs(self, file: bytes, threads: int) -> Runner:
        """Returns what computes the network's outputs, of a file with 8 bits as exactly as the runtime can."""

    @abstractmethod
    def layers(self, file: bytes, images: Sequence[ImageBatch], names: Mapping[int, str]) -> dict[int, ImageBatch]:
        """Returns what each layer computes for some images, by the number of the layer.

        Args:
            file: the file
            images: the images, each ``(1, C, H, W)``
            names: names of the layers' values in the file with 32 bits
        """

    @abstractmethod
    def layer_names(self, file: bytes, last: int | None) -> dict[int, str]:
        """Returns the name of each layer's last value in a file with 32 bits, by the number of the layer.

        Args:
            file: the file
            last: the number of the network's last layer; None if a head follows, which then counts as a layer
        """

    def paths(self, path: Path) -> tuple[Path, ...]:
        """Returns the files of which a network consists on the disk; ``path`` is the first."""
        return (path,)

    def write(self, file: bytes, path: Path) -> None:
        """Writes what ``file`` or ``int8`` has returned."""
        with replacing(path) as new:
            new.write_bytes(file)

    def read(self, path: Path) -> bytes:
        """Returns what ``write`` has written."""
        return path.read_bytes()


def layer_number(name: str) -> int | None:
    """Returns the number of the layer with which the name of a value begins: 3 of ``3.0 conv 1x1``."""
    found = re.match(r"(\d+)[. ]", name)
    return int(found[1]) if found else None


def joined_outputs(found: Sequence[Sequence[Tensor]]) -> Any:
    """Returns the outputs of images that were run one by one: a tensor, or a list of several."""
    every = [torch.cat(column) for column in zip(*found, strict=True)]
    return every[0] if len(every) == 1 else every


def one_by_one(images: Tensor) -> tuple[Tensor, ...]:
    """Returns each image as a batch of its own."""
    return torch.split(images.contiguous(), 1)
