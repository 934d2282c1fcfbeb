"""PyTorch's eager execution on the CPU as an engine."""

import platform
import time
from copy import deepcopy
from importlib.metadata import version

from mobilenas.engine import Engine
from mobilenas.engine.base import typical_by_kind
from mobilenas.network.kinds import module_kind
from mobilenas.settings import Positive, settings

TIMED = ("conv 1x1", "conv kxk", "depthwise conv", "linear")


@settings
class TorchCpu(Engine):
    """Runs a module as it is.

    Args:
        batch: images a run
    """

    batch: Positive

    @property
    def images(self):
        return self.batch

    @property
    def about(self):
        device = platform.processor() or platform.machine()
        return {"engine": "torch-cpu", "version": version("torch"), "device": device, "batch": str(self.batch)}

    def prepare(self, module, input):
        import torch

        network, images = deepcopy(module).eval(), torch.randn(self.batch, input.channels, input.height, input.width)

        def run():
            begin = time.perf_counter_ns()
            with torch.inference_mode():
                network(images)
            return (time.perf_counter_ns() - begin) / 1e6

        return run

    def breakdown(self, network):
        times = []
        for layer in network.layers:
            for name, part in layer.build().eval().named_modules():
                if not list(part.children()) and module_kind(part) in (
                    "conv 1x1",
                    "conv kxk",
                    "depthwise conv",
                    "linear",
                ):
                    run = self.prepare(layer.build(), layer.input)
                    times.append((module_kind(part), f"{layer.key} {name}", run()))
        return typical_by_kind(times)
