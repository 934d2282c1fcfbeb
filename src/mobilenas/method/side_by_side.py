"""The paths of a fair step side by side: in each layer every candidate runs at once, on the images of its own path.

A fair step uses each candidate equally often (MoGA Sec. 4.2), so that steps differ only in which candidate gives its
values to which candidate of the next layer. This order is an input of the step. Therefore the whole step, forward and
backward, is one CUDA graph, in which a GPU runs the operations of all candidates of a layer at once. With small images
the GPU would otherwise wait for Python between two operations.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mobilenas.method.recorded_step import RecordedStep
from mobilenas.search_space import LayerwiseSpace
from mobilenas.side_stream import new_stream
from mobilenas.supernet import Supernet

PathValues = list[Tensor]
"""The values of all paths, each ``(N, C, H, W)`` and channels last."""


def check_side_by_side(space: LayerwiseSpace, processes: int) -> None:
    """Raises ValueError if the paths of a fair step cannot run side by side."""
    paths = max(space.options)
    wrong = next((place for place, count in enumerate(space.options) if paths % count), None)
    if wrong is not None:
        raise ValueError(
            f"method.side_by_side=true needs choice blocks that use each candidate equally often in a step, but block"
            f" {wrong} of {space.name} has {space.options[wrong]} candidates for {paths} paths: set"
            " method.side_by_side=false."
        )
    if max(space.decisions) > 1:
        raise ValueError(
            f"method.side_by_side=true needs layers of one choice block, and {space.name} has layers of"
            f" {max(space.decisions)}: set method.side_by_side=false."
        )
    if processes > 1:
        raise ValueError(
            f"method.side_by_side=true runs on one device, and the trainer has {processes}: leave it false, or choose"
            " trainer=gpu."
        )


class SideBySide:
    """Computes the gradients of all paths of a fair step at once; on a GPU it replays a recorded graph.

    Args:
        supernet: the supernet, in channels last
        loss: returns the loss of logits and labels
        backward: adds the gradients of a scalar to those of the weights
    """

    def __init__(
        self, supernet: Supernet, loss: Callable[[Tensor, Tensor], Tensor], backward: Callable[[Tensor], None]
    ) -> None:
        self._supernet, self._loss, self._backward = supernet, loss, backward
        ends = list(accumulate(supernet.space.decisions))
        self._blocks = [end - 1 if count else None for end, count in zip(ends, supernet.space.decisions, strict=True)]
        self._streams: list[torch.cuda.Stream] = []
        self._recorded: RecordedStep | None = None

    def gradients(self, images: Tensor, labels: Tensor, paths: NDArray[np.int64]) -> Tensor:
        """Sets the weights' gradients to the sum of those of all paths, and returns the losses, ``(paths,)``.

        Args:
            images: ``(N, 3, H, W)``, channels last
            labels: the labels of the images, as the loss takes them
            paths: a fair step's paths, ``(paths, choice blocks)``
        """
        moves = torch.from_numpy(self.moves(paths)).to(images.device)
        if images.device.type != "cuda":
            return self._run(images, labels, moves)
        inputs = (images, labels, moves)
        if self._recorded is None or not self._recorded.fits(inputs):
            self._streams = [new_stream() for _ in paths]
            self._recorded = RecordedStep(self._supernet, self._run, inputs)
        return self._recorded(inputs)

    def moves(self, paths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Finds, for each place of a layer, the place of the layer before it that gives its values.

        A layer has as many places as there are paths. In a choice block they are sorted by the candidate of the path,
        and in every other layer by the number of the path.

        Returns:
            ``(layers, paths)``
        """
        held, moves = np.arange(len(paths)), []
        for block in self._blocks:
            wanted = np.arange(len(paths)) if block is None else np.argsort(paths[:, block], kind="stable")
            moves.append(np.argsort(held)[wanted])
            held = wanted
        return np.stack(moves)

    def _run(self, images: Tensor, labels: Tensor, moves: Tensor) -> Tensor:
        values, is_turned = [images] * moves.shape[1], False
        for layer, block, move in zip(self._supernet.layers, self._blocks, moves, strict=True):
            if is_turned or block is not None:
                values = _moved(values, move)
            is_turned = block is not None
            values = self._candidates(layer, values) if is_turned else [layer(value) for value in values]
        losses = torch.stack([self._loss(logits, labels) for logits in values])
        self._backward(losses.sum())
        return losses.detach()

    def _candidates(self, layer: nn.Module, values: PathValues) -> PathValues:
        """Runs each candidate of a layer on its share of the values; on a GPU all at the same time."""
        candidates = list(layer.children())
        share = len(values) // len(candidates)
        turns = [(candidates[place // share], value) for place, value in enumerate(values)]
        if not self._streams or share > 1:  # two passes at once would write the same statistics
            return [candidate(value) for candidate, value in turns]
        made, here = [], torch.cuda.current_stream()
        for stream, (candidate, value) in zip(self._streams, turns, strict=True):
            stream.wait_stream(here)
            with torch.cuda.stream(stream):
                made.append(candidate(value))
        for stream in self._streams:
            here.wait_stream(stream)
        return made


def _moved(values: PathValues, move: Tensor) -> PathValues:
    """Returns the values in another order, which may differ each time that a graph is replayed."""
    together = torch.stack([value.permute(0, 2, 3, 1) for value in values])  # as they lie in memory
    return [value.permute(0, 3, 1, 2) for value in together.index_select(0, move)]
