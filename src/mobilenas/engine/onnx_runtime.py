"""ONNX Runtime on the CPU."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mobilenas.engine.base import Engine, Precision, cpu_facts, noise_images, typical_by_kind
from mobilenas.network.kinds import operation_kind
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession
    from torch import nn

PROFILED_RUNS = 30
ERRORS_ALONE = 3
CONVOLUTION = re.compile(r"[\d.]+ (conv 1x1|conv kxk|depthwise conv)_.*", re.DOTALL)
FLOAT = 1  # the type of numbers of 32 bits in the format
INTEGERS = {2: np.uint8, 3: np.int8}


@settings
class OnnxRuntime(Engine):
    """ONNX Runtime on the CPU, with all its graph optimizations.

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
        installed = version("onnxruntime")  # without the cost of importing it
        return cpu_facts("onnxruntime", installed, self.threads, self.batch, self.clock, self.precision)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        torch.set_flush_denormal(True)  # in this thread; the session's own setting holds for the first one's thread
        model = self._model(module, input, "piece")
        session, feed, now = self._session(model), self._feed(model, input), clock_ns(self.threads, self.clock)
        images = feed["input"].copy()

        def run() -> float:
            np.copyto(feed["input"], images)  # within a network the layer before has just written it
            begin = now()
            session.run(None, feed)
            return (now() - begin) / 1e6

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        model = self._model(network.build().eval(), network.input, network.name)
        feed = self._feed(model, network.input)
        with TemporaryDirectory() as folder:
            session = self._session(model, Path(folder) / "profile")
            with pinned():
                for _ in range(PROFILED_RUNS):
                    session.run(None, feed)
            events = json.loads(Path(session.end_profiling()).read_text())
        return typical_by_kind(operation_times(events))

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str]:
        return bytes(self._model(module, input, name).SerializeToString()), ".onnx"

    def _model(self, module: nn.Module, input: Shape, name: str) -> ModelProto:
        """Returns the graph of a module; one of 8 bits has an input and an output of 8 bits."""
        from mobilenas.engine.export import to_onnx

        model = to_onnx(module, input, name, self.batch)
        if self.precision == "fp32":
            return model
        from mobilenas.engine.export.onnx_int8 import to_int8_onnx, with_int8_ends

        return with_int8_ends(to_int8_onnx(model, [noise_images(self.batch, input)]))

    def _session(self, model: ModelProto, profile: Path | None = None) -> InferenceSession:
        options = _runtime().SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ALONE
        options.add_session_config_entry("session.use_env_allocators", "1")
        # Random weights can shrink the activations to denormal numbers, which are slow.
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        if profile:
            options.enable_profiling, options.profile_file_prefix = True, str(profile)
        return _runtime().InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def _feed(self, model: ModelProto, input: Shape) -> dict[str, NDArray[Any]]:
        """Returns a random input of the graph, of 8 bits if the graph reads such."""
        images, kind = noise_images(self.batch, input), model.graph.input[0].type.tensor_type.elem_type
        return {"input": images if kind == FLOAT else (64 * images).clip(0, 127).astype(INTEGERS[kind])}


@cache
def _runtime() -> ModuleType:
    """The module, with one arena for all sessions.

    A layer then works in memory that was just in use, as it does within a network.
    """
    from mobilenas.engine.export import load_onnxruntime

    runtime = load_onnxruntime()
    kind, place = runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, runtime.OrtMemType.DEFAULT
    runtime.create_and_register_allocator(runtime.OrtMemoryInfo("Cpu", kind, 0, place), None)
    return runtime


def operation_times(events: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, float]]:
    """Returns kind, name and milliseconds of each operation in the profile; fused ones count as convolutions."""
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            facts = event["args"]
            shapes = [shape for value in facts["input_type_shape"] for shape in value.values()]
            weight = shapes[1] if len(shapes) > 1 else ()
            named = CONVOLUTION.match(event["name"])  # one of 8 bits does not tell the shape of its weight
            kind = named[1] if named else operation_kind(facts["op_name"], weight)
            yield kind, event["name"], event["dur"] / 1e3
