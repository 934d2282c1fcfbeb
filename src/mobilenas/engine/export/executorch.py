"""Writes a network or a single layer as a program of ExecuTorch, whose operations XNNPACK computes."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import torch
from torch import nn

from mobilenas.ops import Shape
from mobilenas.quiet import quiet


def to_executorch(module: nn.Module, input: Shape, name: str, batch: int = 1) -> bytes:
    """Returns the file of a module in eval mode, made by ExecuTorch's own export for XNNPACK, with 32 bits.

    Args:
        module: the module that ``NetworkSpec.build`` or ``Layer.build`` made
        input: the shape of one image
        name: names the module in errors
        batch: number of images in a forward pass

    Raises:
        ValueError: the module is in training mode
    """
    if any(part.training for part in module.modules()):
        raise ValueError(f"{name} is in training mode; call eval() before it is exported.")
    images = torch.zeros(batch, input.channels, input.height, input.width)
    with without_messages():
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        from executorch.exir import to_edge_transform_and_lower

        program = torch.export.export(module, (images,))
        lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
        return bytes(lowered.to_executorch().buffer)


@contextmanager
def without_messages() -> Iterator[None]:
    """Drops ExecuTorch's messages and warnings, and keeps the logging of this program, which its import changes."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        with quiet(), redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
