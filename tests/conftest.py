"""One thread for every test, and what torch itself counts in a layer's module."""

import signal
from collections.abc import Callable

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mobilenas.network.layer import Layer


def pytest_configure() -> None:
    torch.set_num_threads(1)  # small tensors; threads that wait for each other are slow on a busy machine
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background, which commands would inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
