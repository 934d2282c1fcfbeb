"""LiteRT, the runtime of TFLite files on phones, on this machine's CPU with XNNPACK."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mobilenas.engine.base import Engine, Precision, cpu_facts, noise_images
from mobilenas.engine.litert_profiler import OperatorTime, litert_version, profiled
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.quiet import quiet
from mobilenas.settings import BatchSize, Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from torch import nn

PROFILED_RUNS = 30

KINDS = {
    "convolution": "conv kxk",
    "conv2d": "conv kxk",
    "depthwiseconv2d": "depthwise conv",
    "fullyconnected": "conv 1x1",
    "mean": "pooling",
    "averagepool": "pooling",
    "avgpool": "pooling",
    "maxpool": "pooling",
    "add": "elementwise",
    "mul": "elementwise",
    "divide": "elementwise",
    "clamp": "elementwise",
    "relu": "elementwise",
    "hardswish": "elementwise",
    "sigmoid": "elementwise",
    "logistic": "elementwise",
    "invalidunaryop": "elementwise",
    "constantpad": "layout",
    "pad": "layout",
    "copy": "layout",
    "todimordercopy": "layout",
    "staticreshape": "layout",
    "reshape": "layout",
    "transpose": "layout",
    "convert": "quantization",
    "quantize": "quantization",
    "dequantize": "quantization",
}
"""Kinds of operations by the beginning of what a profiler calls them.

Hard Swish is XNNPACK's name, HARD_SWISH is LiteRT's, and avg_pool2d is ExecuTorch's.
"""

PRODUCTS = ("convolution", "conv2d", "depthwiseconv2d", "fullyconnected")


@settings
class LiteRT(Engine):
    """LiteRT on the CPU; its kernels are those of XNNPACK, as on phones.

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
        return cpu_facts("litert", litert_version(), self.threads, self.batch, self.clock, self.precision)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        model = self._model(module, input, "piece")
        from mobilenas.engine.litert_runner import runner

        torch.set_flush_denormal(True)  # in this thread, which runs the kernels
        network = runner(model, self.threads)
        network.outputs_for(torch.from_numpy(noise_images(self.batch, input)))
        invoke, now = network.interpreter.invoke, clock_ns(self.threads, self.clock)
        place, put = network.input.index, network.interpreter.set_tensor
        images = network.interpreter.get_tensor(place)

        def run() -> float:
            put(place, images)  # within a network the layer before has just written it
            begin = now()
            invoke()
            return (now() - begin) / 1e6

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        model = self._model(network.build().eval(), network.input, network.name)
        with pinned(), quiet():
            passes = profiled(model, self.threads, PROFILED_RUNS)
        return mean_by_kind(undisturbed(passes), product_kinds(model))

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str]:
        return self._model(module, input, name), ".tflite"

    def _model(self, module: nn.Module, input: Shape, name: str) -> bytes:
        """Returns the TFLite file of a module."""
        litert_version()
        from mobilenas.engine.export.tflite import to_tflite

        model = to_tflite(module, input, name, self.batch)
        if self.precision == "fp32":
            return model
        from mobilenas.engine.export.tflite_int8 import to_int8_tflite

        return to_int8_tflite(model, [noise_images(self.batch, input)])


def undisturbed(passes: Sequence[Sequence[OperatorTime]]) -> list[Sequence[OperatorTime]]:
    """Returns the faster half of some forward passes: the profiler also counts the time that other programs take."""
    return sorted(passes, key=lambda times: sum(one.ms for one in times))[: (len(passes) + 1) // 2]


def mean_by_kind(passes: Sequence[Sequence[OperatorTime]], products: Sequence[str]) -> dict[str, float]:
    """Returns the mean milliseconds of a forward pass by kind of operation, the largest first; without zeros.

    The profiler's times are whole microseconds, and many operations take less, so that a median would say nothing. It
    calls a 1x1 convolution a fully connected layer, as XNNPACK computes it.

    Args:
        passes: the times of the operators in each forward pass
        products: the kinds of the convolutions and linear layers in order
    """
    times = [one for operators in passes for one in operators]
    numbers = sorted({one.number for one in times if _is_product(one)})
    kinds = dict(zip(numbers, products, strict=True)) if len(numbers) == len(products) else {}
    totals: dict[str, float] = {}
    for one in times:
        by_name = (kind for start, kind in KINDS.items() if _called(one).startswith(start))
        kind = kinds.get(one.number) or next(by_name, "other")
        totals[kind] = totals.get(kind, 0.0) + one.ms / len(passes)
    return dict(sorted(((kind, ms) for kind, ms in totals.items() if ms), key=lambda item: -item[1]))


def product_kinds(model: bytes) -> list[str]:
    """Returns the kinds of the convolutions and linear layers of a TFLite file, in order."""
    from ai_edge_litert import schema_py_generated as schema

    read = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    graph, found = read.subgraphs[0], []
    for operator in graph.operators:
        code = read.operatorCodes[operator.opcodeIndex].builtinCode
        if code == schema.BuiltinOperator.FULLY_CONNECTED:
            found.append("linear")
        elif code == schema.BuiltinOperator.DEPTHWISE_CONV_2D:
            found.append("depthwise conv")
        elif code == schema.BuiltinOperator.CONV_2D:
            _, height, width, _ = graph.tensors[operator.inputs[1]].shape
            found.append("conv 1x1" if height == width == 1 else "conv kxk")
    return found


def _is_product(one: OperatorTime) -> bool:
    return _called(one).startswith(PRODUCTS)


def _called(one: OperatorTime) -> str:
    return re.sub("[ _]", "", one.tag.lower())
