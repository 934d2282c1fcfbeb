"""One thread and the same handlers of signals for every test, and what torch itself counts in a layer."""

import signal
import sys
from collections.abc import Callable, Iterator

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mobilenas.network.layer import Layer
from mobilenas.stopped import forget_stops, handler_kept


def pytest_configure() -> None:
    torch.set_num_threads(1)  # small tensors; threads that wait for each other are slow on a busy machine
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have turned it off, also for what it starts


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Forgets what a test has done about Ctrl-C and SIGTERM; a command would inherit that one of them is ignored."""
    hook = sys.unraisablehook
    with handler_kept(signal.SIGINT), handler_kept(signal.SIGTERM):
        yield
    forget_stops()
    sys.unraisablehook = hook


@pytest.fixture
def torch_counts() -> Callable[[Layer], tuple[int, int]]:
    """Parameters and multiply-adds that torch finds in a layer's module; no memory is taken."""

    def count(layer: Layer) -> tuple[int, int]:
        with torch.device("meta"):
            module = layer.build().eval()
            images = torch.empty(1, layer.input.channels, layer.input.height, layer.input.width)
        with FlopCounterMode(display=False) as counter:
            module(images)
        return sum(parameter.numel() for parameter in module.parameters()), counter.get_total_flops() // 2

    return count
