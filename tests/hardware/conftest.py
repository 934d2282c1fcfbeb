"""A small space, and a table of its layers."""

import numpy as np
import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, Skip
from mobilenas.search_space import LayerwiseSpace


@pytest.fixture
def space() -> LayerwiseSpace:
    """3 x 4 x 3 architectures with a fixed stem and head; one candidate of the middle block is left out."""
    middle: tuple[Op, ...] = (Skip(), *(MBConv(8, kernel, expanded=16, residual=True) for kernel in (3, 5, 7)))
    first: tuple[Op, ...] = tuple(MBConv(8, 3, expanded=expanded) for expanded in (4, 12, 20))
    last: tuple[Op, ...] = tuple(MBConv(6, kernel, stride=2) for kernel in (3, 5, 7))
    return LayerwiseSpace("tiny", Shape(3, 8, 8), ((Conv(4, 3),), first, middle, (Conv(8, 1),), last, (Classifier(5),)))


@pytest.fixture
def table(space: LayerwiseSpace) -> LatencyTable:
    """Random latencies for the layers of the space."""
    rng = np.random.default_rng(0)
    return LatencyTable({key: float(rng.uniform(1, 2)) for key in layers_of(space)}, overhead_ms=0.125, factor=0.75)
