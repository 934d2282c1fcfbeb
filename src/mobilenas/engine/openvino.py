"""OpenVINO on the CPU."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilenas.engine.base import Engine, Precision, cpu_facts, noise_images, typical_by_kind
from mobilenas.engine.openvino_packages import load_openvino, nncf_version, openvino_version
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from torch import nn

PROFILED_RUNS = 30

LAYOUT = ("Reorder", "Reshape", "Transpose", "ShuffleChannels", "Pad")
"""Operations that OpenVINO may add for itself; their names begin as those of the operations beside them."""

ENDS = {"FullyConnected": "linear", "Convolution": "conv kxk", "GroupConvolution": "depthwise conv"}
"""Kinds of operations whose name is that of the graph's output."""


@settings
class OpenVino(Engine):
    """OpenVINO on the CPU, with 32 bits for every number, or with 8 bits.

    By itself OpenVINO would compute with 16 bits where the processor has instructions for them.

    Args:
        threads: number of threads that share the work of one operation
        batch: number of images in a forward pass
        precision: fp32, or int8, whose ranges are those of random images: they do not change the time
        clock: counts the time that one thread has the processor, or the time on the wall
    """

    threads: Threads
    batch: BatchSize
    precision: Precision = "fp32"
    clock: Clock = "processor"

    @property
    def images(self) -> int:
        return self.batch

    @property
    def about(self) -> dict[str, str]:
        installed = openvino_version()
        if self.precision == "int8":
            nncf_version()
        return cpu_facts("openvino", installed, self.threads, self.batch, self.clock, self.precision)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        torch.set_flush_denormal(True)  # in this thread, in which OpenVINO runs with one thread
        request, now = self._request(module, input, "piece"), clock_ns(self.threads, self.clock)
        infer, target = request.infer, request.get_input_tensor().data
        images = target.copy()

        def run() -> float:
            np.copyto(target, images)  # within a network the layer before has just written it
            begin = now()
            infer()
            return (now() - begin) / 1e6

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        request = self._request(network.build().eval(), network.input, network.name, PERF_COUNT=True)
        times: list[tuple[str, str, float]] = []
        with pinned():
            for _ in range(PROFILED_RUNS):
                request.infer()
                times += _operation_times(request.get_profiling_info())
        return typical_by_kind(times)

    def _request(self, module: nn.Module, input: Shape, name: str, **more: object) -> Any:
        """Returns a request with random images."""
        properties = properties_of(self.threads)
        model = self._model(module, input, name)
        request = core().compile_model(model, "CPU", properties | more).create_infer_request()
        target, images = request.get_input_tensor().data, noise_images(self.batch, input)
        target[...] = images if target.dtype == np.float32 else (64 * images + 128).clip(0, 255)
        return request

    def _model(self, module: nn.Module, input: Shape, name: str) -> Any:
        """Returns the model of a module; one of 8 bits has an input and an output of 8 bits."""
        _ = self.about
        from mobilenas.engine.export import to_onnx

        graph = to_onnx(module, input, name, self.batch)
        if self.precision == "fp32":
            return core().read_model(graph.SerializeToString())
        from mobilenas.engine.export.openvino_int8 import to_int8_openvino, to_openvino, with_rounded_ends

        return with_rounded_ends(to_int8_openvino(to_openvino(graph), [noise_images(self.batch, input)], output=True))


def properties_of(threads: int) -> dict[str, object]:
    """Returns how a model is compiled."""
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,  # the measurement keeps the thread on one core itself
    }


@cache
def core() -> Any:
    """Returns OpenVINO's entry point, one for all models."""
    return load_openvino().Core()


def _operation_times(profile: Iterable[Any]) -> Iterator[tuple[str, str, float]]:
    """Yields kind, name and milliseconds of each operation that has run."""
    for one in profile:
        if one.status == one.Status.EXECUTED:
            yield _kind(one.node_name, one.node_type), one.node_name, one.real_time.total_seconds() * 1e3


def _kind(name: str, node: str) -> str:
    """Returns the kind of an operation, which stands in its name in the graph: ``5.1.0 depthwise conv``."""
    if node in LAYOUT:
        return "layout"
    found = re.match(r"[\d.]+ (conv 1x1|[a-z]+(?: conv| kxk)?)", name)
    return found[1] if found else ENDS.get(node, "other")
