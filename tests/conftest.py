"""One thread for every test, handlers of stops that no test changes, and what torch itself counts in a layer."""

import signal
import sys
from collections.abc import Callable, Iterator

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mobilenas.network.layer import Layer


def pytest_configure() -> None:
    torch.set_num_threads(1)  # small tensors; threads that wait for each other are slow on a busy machine
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it, as its commands would


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Gives this process its handlers of stops back after each test; commands would inherit that one is ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = sys.unraisablehook
    yield
    sys.unraisablehook = hook
    for number, handler in before.items():
        signal.signal(number, handler)


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
