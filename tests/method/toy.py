"""A search space of one choice block whose candidates have known losses, and exact means over random draws."""

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from unittest.mock import patch

import torch
from torch import Tensor, nn

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet

KERNELS = (3, 1, 5)  # the wanted candidate is never the first, which a search that learns nothing would choose
SIDE = 6


def toy_space(classes: int = 2) -> LayerwiseSpace:
    candidates = tuple[Op, ...](MBConv(8, kernel, expanded=32) for kernel in KERNELS)
    return LayerwiseSpace("toy", Shape(3, SIDE, SIDE), ((Conv(8, 1),), candidates, (Classifier(classes),)))


def toy_latency(classes: int = 2, **rows: float) -> ExpectedLatency:
    """A table by kernel; the fixed layers take no time."""
    space = toy_space(classes)
    by_kernel = {space.layers[1][option].key: rows[f"k{kernel}"] for option, kernel in enumerate(KERNELS)}
    return ExpectedLatency(space, LatencyTable({space.layers[0][0].key: 0.0, space.layers[2][0].key: 0.0} | by_kernel))


def set_answers(supernet: Supernet, answers: Mapping[int, Sequence[float]]) -> None:
    """Let the candidate of each kernel give the same logits for every image, so that its loss is known."""
    with torch.no_grad():
        for kernel, candidate in zip(KERNELS, supernet.layers[1], strict=True):
            *_, norm = (part for part in candidate.modules() if isinstance(part, nn.BatchNorm2d))
            norm.weight.zero_()
            norm.bias.zero_()
            norm.bias[: len(answers[kernel])] = torch.tensor(answers[kernel])
        (linear,) = (part for part in supernet.layers[2].modules() if isinstance(part, nn.Linear))
        linear.weight.copy_(torch.eye(*linear.weight.shape))
        linear.bias.zero_()


def images_of(labels: Sequence[int], number: int = 0) -> tuple[Tensor, Tensor]:
    """Images of noise with these labels."""
    generator = torch.Generator().manual_seed(number)
    return torch.randn(len(labels), 3, SIDE, SIDE, generator=generator), torch.tensor(labels)


class Expectation:
    """The exact mean over everything that ``torch.multinomial`` can draw: each outcome is tried, by its probability."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, ...]] = [()]

    def of(self, compute: Callable[[], Tensor]) -> Tensor:
        terms: list[Tensor] = []
        with patch.object(torch, "multinomial", self._draw):
            while self._waiting:
                self._planned, self._drawn, self._probability = self._waiting.pop(), (), 1.0
                terms.append(compute() * self._probability)
        return torch.stack(terms).sum(0)

    def _draw(self, p: Tensor, count: int) -> Tensor:
        ways = list(permutations(range(len(p)), count))
        if len(self._drawn) == len(self._planned):
            self._waiting += [(*self._planned, other) for other in range(1, len(ways))]
            self._planned += (0,)
        way = ways[self._planned[len(self._drawn)]]
        self._drawn = self._planned[: len(self._drawn) + 1]
        left = float(p.sum())
        for option in way:
            self._probability *= float(p[option]) / left
            left -= float(p[option])
        return torch.tensor(way)
