"""ExecuTorch, PyTorch's runtime of phones and boards, on this machine's CPU with XNNPACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.engine.base import Engine, cpu_facts, noise_images, version_of
from mobilenas.engine.litert import PROFILED_RUNS, mean_by_kind, undisturbed
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mobilenas.engine.executorch_network import LoadedNetwork

PRODUCTS = ("conv 1x1", "conv kxk", "depthwise conv", "linear")


@settings
class ExecuTorch(Engine):
    """ExecuTorch on the CPU, with 32 bits for every number; its kernels are those of XNNPACK, as on phones.

    Args:
        threads: number of threads that share the work of one operation; all networks that a program holds have the same
            number, because ExecuTorch has one pool of threads
        batch: number of images in a forward pass
        clock: counts the time that one thread has the processor, or the time on the wall
    """

    threads: Threads
    batch: BatchSize
    clock: Clock = "processor"

    @property
    def images(self) -> int:
        return self.batch

    @property
    def about(self) -> dict[str, str]:
        installed = version_of("executorch", "ExecuTorch", "executorch")
        return cpu_facts("executorch", installed, self.threads, self.batch, self.clock)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        torch.set_flush_denormal(True)  # in this thread, which runs the kernels
        network = self._loaded(module, input, "piece")
        images, forward, now = self._images(input), network.forward, clock_ns(self.threads, self.clock)
        target = images.clone()

        def run() -> float:
            target.copy_(images)  # within a network the layer before has just written it
            begin = now()
            forward(target)
            return (now() - begin) / 1e6

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        module = network.build().eval()
        loaded = self._loaded(module, network.input, network.name, profiled=True)
        images = self._images(network.input)
        with pinned():
            for _ in range(PROFILED_RUNS):
                loaded.forward(images)
        passes = loaded.passes()
        if not passes:
            raise ValueError(f"ExecuTorch {self.about['version']} tells no time by operation on this system.")
        return mean_by_kind(undisturbed(passes), _product_kinds(module, network.name))

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str]:
        return self._model(module, input, name), ".pte"

    def _model(self, module: nn.Module, input: Shape, name: str) -> bytes:
        _ = self.about
        from mobilenas.engine.export.executorch import to_executorch

        return to_executorch(module, input, name, self.batch)

    def _loaded(self, module: nn.Module, input: Shape, name: str, profiled: bool = False) -> LoadedNetwork:
        model = self._model(module, input, name)
        from mobilenas.engine.executorch_network import LoadedNetwork

        return LoadedNetwork(model, self.threads, profiled)

    def _images(self, input: Shape) -> Tensor:
        import torch

        return torch.from_numpy(noise_images(self.batch, input))


def _product_kinds(module: nn.Module, name: str) -> list[str]:
    """Returns the kinds of the convolutions and linear layers of a module, in order."""
    from torch import nn

    from mobilenas.engine.export.steps import steps_of
    from mobilenas.network.kinds import module_kind

    kinds = [module_kind(step.does) for step in steps_of(module, name)[0] if isinstance(step.does, nn.Module)]
    return [kind for kind in kinds if kind in PRODUCTS]
