"""Work on a CUDA stream of its own, before it is recorded as a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def run_aside(work: Callable[[], object], times: int) -> None:
    """Does work several times on a stream of its own, because what happens at the first call cannot be recorded."""
    import torch

    stream = new_stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(times):
            work()
    torch.cuda.current_stream().wait_stream(stream)


def new_stream() -> torch.cuda.Stream:
    """Returns a stream of the current device."""
    import torch

    make: Callable[..., torch.cuda.Stream] = torch.cuda.Stream
    return make()
