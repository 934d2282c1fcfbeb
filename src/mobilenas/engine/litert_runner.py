"""Runs TFLite files on LiteRT."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from torch import Tensor, nn

from mobilenas.engine.export.difference import largest_difference, outputs_of
from mobilenas.ops import Shape
from mobilenas.quiet import quiet


def check_tflite(model: bytes, module: nn.Module, input: Shape) -> float:
    """Returns the largest difference between the file's outputs on LiteRT and the module's on random images."""
    run = runner(model)
    shape = (run.batch, input.channels, input.height, input.width)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return largest_difference(outputs_of(module, images.clone()), run.outputs_for(images))


def runner(model: bytes, threads: int = 1) -> LiteRTNetwork:
    """Returns what runs a TFLite file on LiteRT."""
    with quiet():
        interpreter = Interpreter(model_content=model, num_threads=threads)
        interpreter.allocate_tensors()
    (input,) = interpreter.get_input_details()
    outputs = tuple(map(_end, interpreter.get_output_details()))
    return LiteRTNetwork(interpreter, _end(input), outputs, int(input["shape"][0]))


@dataclass(frozen=True)
class End:
    """The input or the output of a file.

    Args:
        index: its number
        scale: the value of a step of its 8-bit numbers; 0 if they have 32 bits
        zero: the 8-bit number that stands for 0
    """

    index: int
    scale: float
    zero: int

    def packed(self, values: NDArray[np.float32]) -> NDArray[Any]:
        """Returns values as the numbers that stand for them."""
        if not self.scale:
            return values
        numbers: NDArray[np.int8] = np.clip(np.round(values / self.scale) + self.zero, -128, 127).astype(np.int8)
        return numbers

    def unpacked(self, numbers: NDArray[Any]) -> NDArray[np.float32]:
        """Returns the values for which numbers stand."""
        values: NDArray[np.float32] = numbers.astype(np.float32)
        return (values - self.zero) * np.float32(self.scale) if self.scale else values


def _end(details: Mapping[str, Any]) -> End:
    scale, zero = details["quantization"]
    return End(details["index"], float(scale), int(zero))


def all_values(model: bytes, images: Tensor, names: Collection[str]) -> dict[str, NDArray[np.float32]]:
    """Returns values within a file by name for images ``(N, C, H, W)``; a map is ``(N, H, W, C)``.

    Args:
        model: the TFLite file
        images: the images
        names: names of the values; one that is not in the file is left out
    """
    with quiet(), warnings.catch_warnings(action="ignore"):  # of a way of running it that is meant for this
        interpreter = Interpreter(model_content=model, num_threads=1, experimental_preserve_all_tensors=True)
        interpreter.allocate_tensors()
    details = {one["name"]: one for one in interpreter.get_tensor_details() if one["name"] in names}
    (input,) = interpreter.get_input_details()
    interpreter.set_tensor(input["index"], _end(input).packed(images.permute(0, 2, 3, 1).contiguous().numpy()))
    interpreter.invoke()
    return {name: _end(one).unpacked(interpreter.get_tensor(one["index"])) for name, one in details.items()}


@dataclass(frozen=True)
class LiteRTNetwork:
    """Runs a TFLite file on LiteRT.

    Args:
        interpreter: the interpreter of the file
        input: its input
        outputs: its outputs
        batch: number of images in a forward pass
    """

    interpreter: Any
    input: End
    outputs: tuple[End, ...]
    batch: int

    def __call__(self, images: Tensor) -> Tensor:
        """Returns the only output, a map as ``(N, C, H, W)``, for images ``(N, C, H, W)``."""
        (output,) = self.outputs_for(images)
        return output

    def outputs_for(self, images: Tensor) -> list[Tensor]:
        """Returns the outputs, maps as ``(N, C, H, W)``, for images ``(N, C, H, W)``."""
        values = images.permute(0, 2, 3, 1).contiguous().numpy()
        self.interpreter.set_tensor(self.input.index, self.input.packed(values))
        self.interpreter.invoke()
        found = [torch.from_numpy(one.unpacked(self.interpreter.get_tensor(one.index))) for one in self.outputs]
        return [one.permute(0, 3, 1, 2) if one.ndim == 4 else one for one in found]
