"""ExecuTorch, PyTorch's runtime of phones and boards, on this machine's CPU with XNNPACK."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from mobilenas.engine.base import Engine, cpu_facts, noise_images, version_of
from mobilenas.engine.litert import PROFILED_RUNS, mean_by_kind, undisturbed
from mobilenas.engine.litert_profiler import OperatorTime
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, Threads, settings
from mobilenas.timing.rounds import Clock, TimedRun, clock_ns, pinned

if TYPE_CHECKING:
    from torch import Tensor, nn

PRODUCTS = ("conv 1x1", "conv kxk", "depthwise conv", "linear")
OWN = "native_call_"  # begins the name of an operation that ExecuTorch computes with a kernel of its own


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
        network = _Network(self._model(module, input, "piece"), self.threads)
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
        loaded = _Network(self._model(module, network.input, network.name), self.threads, profiled=True)
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

    def _images(self, input: Shape) -> Tensor:
        import torch

        return torch.from_numpy(noise_images(self.batch, input))


class _Network:
    """A network that ExecuTorch has loaded.

    Args:
        model: the content of its file, from which it reads as long as it exists
        threads: number of threads
        profiled: whether the time of each operation is kept

    Raises:
        ValueError: networks with another number of threads exist
    """

    def __init__(self, model: bytes, threads: int, profiled: bool = False) -> None:
        from mobilenas.engine.export.executorch import silent

        with silent():
            from executorch.extension.pybindings import portable_lib

            if portable_lib._threadpool_get_thread_count() != threads:
                if _loaded():  # they would use a pool that is no longer there
                    raise ValueError(
                        f"ExecuTorch has one pool of threads, which loaded networks use: run threads={threads} in a"
                        " program of its own."
                    )
                portable_lib._unsafe_reset_threadpool(threads)
            self._module: Any = portable_lib._load_for_executorch_from_buffer(model, enable_etdump=profiled)
        self._model = model
        _loaded().add(self)

    def forward(self, images: Tensor) -> Any:
        """Returns the output, whose memory belongs to this network: the next forward pass overwrites it."""
        return self._module.forward((images,), clone_outputs=False)[0]

    def passes(self) -> list[list[OperatorTime]]:
        """Returns the times of all operations in each forward pass; nothing if the package has no profiler."""
        if not self._module.has_etdump():
            return []
        from mobilenas.engine.export.executorch import silent

        with silent(), TemporaryDirectory() as folder:
            from executorch.devtools import Inspector

            path = str(Path(folder) / "times.etdp")
            self._module.write_etdump_result_to_file(path)
            blocks = Inspector(etdump_path=path).event_blocks
        events = [one for block in blocks if block.name == "Execute" for one in block.events]
        found = [(one.name, one.perf_data.raw) for one in events if one.is_delegated_op or one.name.startswith(OWN)]
        times = [[(name.removeprefix(OWN), ms) for ms in took] for name, took in found]
        return [
            [OperatorTime(name, number, ms) for number, (name, ms) in enumerate(one)]
            for one in zip(*times, strict=True)
        ]


@cache
def _loaded() -> WeakSet[_Network]:
    """The networks that exist, whose threads are those of ExecuTorch's pool."""
    return WeakSet()


def _product_kinds(module: nn.Module, name: str) -> list[str]:
    """Returns the kinds of the convolutions and linear layers of a module, in order."""
    from torch import nn

    from mobilenas.engine.export.steps import steps_of
    from mobilenas.network.kinds import module_kind

    kinds = [module_kind(step.does) for step in steps_of(module, name)[0] if isinstance(step.does, nn.Module)]
    return [kind for kind in kinds if kind in PRODUCTS]
