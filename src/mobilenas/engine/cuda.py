"""PyTorch on a CUDA device, timed by the device's own events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

from mobilenas.engine.base import Engine, noise_images, typical_by_kind
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, settings
from mobilenas.side_stream import run_aside
from mobilenas.timing.rounds import TimedRun

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

GpuPrecision = Literal["fp32", "fp16"]

TIMED_RUNS = 30
WARM_UP_RUNS = 10


@settings
class Cuda(Engine):
    """PyTorch on the current CUDA device; its eager execution is what ProxylessNAS measures (Sec. 4.2).

    Args:
        batch: number of images in a forward pass; with only one image a GPU is idle most of the time
        graphs: whether the forward pass is captured once as a CUDA graph, which each run replays; without it, a forward
            pass of few images takes as long as Python needs to launch its kernels, about 2 ms for any network
        precision: fp32, or fp16: weights and maps have 16 bits
    """

    batch: BatchSize
    graphs: bool = False
    precision: GpuPrecision = "fp32"

    @property
    def images(self) -> int:
        return self.batch

    @property
    def about(self) -> dict[str, str]:
        import torch

        if not torch.cuda.is_available():
            raise ValueError(
                "PyTorch finds no CUDA device: measure with hardware=cpu, or give a table with hardware=table."
            )
        facts = {
            "engine": "torch",
            "version": str(torch.__version__),
            "device": torch.cuda.get_device_name(),
            "batch": str(self.batch),
        }
        more = {"graphs": "yes"} if self.graphs else {}
        return facts | more | ({"precision": self.precision} if self.precision != "fp32" else {})

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        network, images = self._placed(deepcopy(module).eval()), self._images(input)
        graph = captured(network, images)[0] if self.graphs else None

        def run() -> float:
            begin, end = _events()
            with torch.inference_mode():
                begin.record()
                if graph is None:
                    network(images)
                else:
                    graph.replay()  # reads the weights and the images where they are, so that both must be kept
                end.record()
            end.synchronize()
            return float(begin.elapsed_time(end))

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        import torch

        module, images = self._placed(network.build().eval()), self._images(network.input)
        with torch.inference_mode():
            for _ in range(WARM_UP_RUNS):
                module(images)
            return typical_by_kind(time for _ in range(TIMED_RUNS) for time in _time_parts(module, images))

    def _images(self, input: Shape) -> Tensor:
        import torch

        return torch.from_numpy(noise_images(self.batch, input)).to("cuda", self._type)

    def _placed(self, module: nn.Module) -> nn.Module:
        return module.to("cuda", self._type)

    @property
    def _type(self) -> torch.dtype:
        import torch

        return torch.float16 if self.precision == "fp16" else torch.float32


def captured(network: nn.Module, images: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor]:
    """Returns the CUDA graph of a forward pass, and the tensor that each replay writes its output to.

    All graphs share one pool of memory, as layers in a network do. A replay of another graph may therefore overwrite
    the output as soon as nothing refers to it.

    Args:
        network: a module in eval mode, on the device
        images: the images that each replay reads
    """
    import torch

    with torch.inference_mode():
        run_aside(lambda: network(images), WARM_UP_RUNS)
    return _capture(lambda: network(images), _first_graph())


def _capture(run: Callable[[], Tensor], beside: torch.cuda.CUDAGraph | None) -> tuple[torch.cuda.CUDAGraph, Tensor]:
    """Captures a run as a CUDA graph, whose memory is in the pool of another one."""
    import torch

    graph = torch.cuda.CUDAGraph()
    with torch.inference_mode(), torch.cuda.graph(graph, pool=beside.pool() if beside else None):
        output = run()
    return graph, output


@cache
def _first_graph() -> torch.cuda.CUDAGraph:
    """The graph whose pool all others share: it lives as long as the process, and so does the pool."""
    import torch

    one = torch.ones(1, device="cuda")
    return _capture(lambda: one + one, None)[0]


def _time_parts(network: nn.Module, images: Tensor) -> Iterator[tuple[str, str, float]]:
    """Returns kind, name and milliseconds of each leaf module in a forward pass; work between them is elementwise."""
    from mobilenas.network.kinds import module_kind

    leaves = {name: part for name, part in network.named_modules() if not list(part.children())}
    spans = {name: _events() for name in leaves}
    hooks = [leaves[name].register_forward_pre_hook(partial(_record, begin)) for name, (begin, _) in spans.items()]
    hooks += [leaves[name].register_forward_hook(partial(_record, end)) for name, (_, end) in spans.items()]
    begin, end = _events()
    begin.record()
    network(images)
    end.record()
    end.synchronize()
    for hook in hooks:
        hook.remove()
    took_ms = {name: first.elapsed_time(last) for name, (first, last) in spans.items()}
    yield from ((module_kind(leaves[name]), name, took) for name, took in took_ms.items())
    yield "elementwise", "between the modules", begin.elapsed_time(end) - sum(took_ms.values())


def _events() -> tuple[torch.cuda.Event, torch.cuda.Event]:
    import torch

    make: Callable[..., torch.cuda.Event] = torch.cuda.Event
    return make(enable_timing=True), make(enable_timing=True)


def _record(event: torch.cuda.Event, *arguments: object) -> None:
    """Records an event; it accepts any arguments of a hook."""
    event.record()
