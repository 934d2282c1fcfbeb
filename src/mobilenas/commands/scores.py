"""The engines that can compute a network's outputs for images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.cores import available_cores
from mobilenas.engine.export.difference import outputs_of
from mobilenas.engine.litert_profiler import litert_version
from mobilenas.training.scores import Runner


def _torch(network: NetworkWithWeights, batch_size: int) -> tuple[Runner, torch.device]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    module = network.build().to(device).to(memory_format=torch.channels_last)
    return lambda images: _first(outputs_of(module, images), len(images)), device


def _onnx_runtime(network: NetworkWithWeights, batch_size: int) -> tuple[Runner, torch.device]:
    from mobilenas.engine.export import load_onnxruntime, to_onnx

    model = to_onnx(network.build(), network.spec.input, network.spec.name, batch_size)
    session = load_onnxruntime().InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def run(images: Tensor) -> Any:
        found = session.run(None, {"input": _whole(images, batch_size).contiguous().numpy()})
        return _first([torch.from_numpy(one) for one in found], len(images))

    return run, torch.device("cpu")


def _litert(network: NetworkWithWeights, batch_size: int) -> tuple[Runner, torch.device]:
    litert_version()
    from mobilenas.engine.export.tflite import to_tflite
    from mobilenas.engine.litert_runner import runner

    run = runner(to_tflite(network.build(), network.spec.input, network.spec.name, batch_size), available_cores())
    return lambda images: _first(run.outputs_for(_whole(images, batch_size)), len(images)), torch.device("cpu")


def _first(outputs: Sequence[Tensor], count: int) -> Any:
    """Returns the outputs of the first images on the CPU: a tensor, or a list of several."""
    found = [one[:count].cpu() for one in outputs]
    return found[0] if len(found) == 1 else found


def _whole(images: Tensor, batch_size: int) -> Tensor:
    """Returns as many images as a graph takes, the last ones black."""
    return F.pad(images, (0, 0, 0, 0, 0, 0, 0, batch_size - len(images)))


ENGINES: Mapping[str, Callable[[NetworkWithWeights, int], tuple[Runner, torch.device]]] = MappingProxyType(
    {"torch": _torch, "onnx_runtime": _onnx_runtime, "litert": _litert}
)
"""Makes a network ready to run on batches of a size, on a device."""
