"""Runs TFLite files on LiteRT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from ai_edge_litert.interpreter import Interpreter
from torch import Tensor, nn

from mobilenas.engine.quiet import quiet
from mobilenas.ops import Shape


def check_tflite(model: bytes, module: nn.Module, input: Shape) -> float:
    """Returns the largest difference between the file's output on LiteRT and the module's on random images.

    The difference is absolute. If outputs are above 1, it is divided by the largest of them.
    """
    run = runner(model)
    shape = (run.batch, input.channels, input.height, input.width)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = module(images.clone())
    return float((expected - run(images)).abs().max() / expected.abs().max().clamp(min=1.0))


def runner(model: bytes, threads: int = 1) -> LiteRTNetwork:
    """Returns what runs a TFLite file on LiteRT."""
    with quiet():
        interpreter = Interpreter(model_content=model, num_threads=threads)
        interpreter.allocate_tensors()
    (input,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    return LiteRTNetwork(interpreter, input["index"], output["index"], int(input["shape"][0]))


@dataclass(frozen=True)
class LiteRTNetwork:
    """Runs a TFLite file on LiteRT.

    Args:
        interpreter: the interpreter of the file
        input: the number of its input
        output: the number of its output
        batch: number of images in a forward pass
    """

    interpreter: Any
    input: int
    output: int
    batch: int

    def __call__(self, images: Tensor) -> Tensor:
        """Returns the output, a map as ``(N, C, H, W)``, for images ``(N, C, H, W)``."""
        self.interpreter.set_tensor(self.input, images.permute(0, 2, 3, 1).contiguous().numpy())
        self.interpreter.invoke()
        found = torch.from_numpy(self.interpreter.get_tensor(self.output))
        return found.permute(0, 3, 1, 2) if found.ndim == 4 else found
