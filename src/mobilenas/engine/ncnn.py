"""ncnn, a runtime of phones and boards, on this machine's CPU."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilenas.engine.base import Engine, cpu_facts, typical_by_kind, version_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from torch import nn

PROFILED_RUNS = 30
SIXTEEN_BITS = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage")
ENDS = {"InnerProduct": "linear", "Convolution": "conv kxk", "ConvolutionDepthWise": "depthwise conv"}
"""Kinds of layers whose name is that of the graph's output."""


@settings
class Ncnn(Engine):
    """ncnn on the CPU, with 32 bits for every number; it runs one image at a time.

    Args:
        threads: number of threads that share the work of one operation
        clock: counts the time that one thread has the processor, or the time on the wall
    """

    threads: Threads
    clock: Clock = "processor"

    @property
    def runs_heads(self) -> bool:
        return False

    @property
    def images(self) -> int:
        return 1

    @property
    def about(self) -> dict[str, str]:
        return cpu_facts("ncnn", version_of("ncnn", "ncnn", "ncnn"), self.threads, 1, self.clock)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        torch.set_flush_denormal(True)  # in this thread, which runs the kernels
        network, _ = self._loaded(module, input, "piece")
        image, now = _image(input), clock_ns(self.threads, self.clock)

        def run() -> float:
            extractor = network.create_extractor()
            extractor.input("input", image.clone())  # within a network the layer before has just written it
            begin = now()
            extractor.extract("output")
            return (now() - begin) / 1e6

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        loaded, graph = self._loaded(network.build().eval(), network.input, network.name)
        image, now = _image(network.input), clock_ns(self.threads, self.clock)
        times: list[tuple[str, str, float]] = []
        with pinned():
            for _ in range(PROFILED_RUNS):
                extractor = loaded.create_extractor()
                extractor.set_light_mode(False)  # keeps what it has computed
                extractor.input("input", image)
                for name, kind in _layers(graph):
                    begin = now()
                    extractor.extract(name)
                    times.append((kind, name, (now() - begin) / 1e6))
        return typical_by_kind(times)

    def _loaded(self, module: nn.Module, input: Shape, name: str) -> tuple[Any, str]:
        """Returns ncnn's network, and the text of its graph."""
        _ = self.about
        import ncnn

        from mobilenas.engine.export.ncnn import to_ncnn

        graph, weights = to_ncnn(module, input, name)
        network = ncnn.Net()
        network.opt.num_threads = self.threads
        for option in SIXTEEN_BITS:
            setattr(network.opt, option, False)
        with TemporaryDirectory() as folder:
            files = Path(folder, "network.param"), Path(folder, "network.bin")
            files[0].write_text(graph)
            files[1].write_bytes(weights)
            if network.load_param(str(files[0])) or network.load_model(str(files[1])):
                raise ValueError(f"{name}: ncnn {self.about['version']} cannot load the network.")
        return network, graph


def _image(input: Shape) -> Any:
    """Returns a random image in ncnn's own memory, because its layers may work in place."""
    import ncnn

    shape = (input.channels, input.height, input.width)
    values = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    return ncnn.Mat(values).clone()  # ncnn does not keep the array, so that a name has to


def _layers(graph: str) -> Iterator[tuple[str, str]]:
    """Yields the name of each layer of a graph and its kind, in order."""
    for line in graph.splitlines()[2:]:
        node, name, *_ = line.split()
        if node not in ("Input", "Split"):
            found = re.match(r"[\d.]+_(conv_1x1|[a-z]+(?:_conv|_kxk)?)", name)
            yield name, found[1].replace("_", " ") if found else ENDS.get(node, "other")
