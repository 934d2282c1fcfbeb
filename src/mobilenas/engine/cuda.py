"""PyTorch on a CUDA device, timed by the device's own events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

from mobilenas.engine.base import Engine, typical_by_kind
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import BatchSize, settings
from mobilenas.timing.rounds import TimedRun

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

TIMED_RUNS = 30
WARM_UP_RUNS = 10


@settings
class Cuda(Engine):
    """PyTorch's eager execution on the current CUDA device, as ProxylessNAS measures it (Sec. 4.2).

    Args:
        batch: number of images in a forward pass; with only one image a GPU is idle most of the time
    """

    batch: BatchSize

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
        return {
            "engine": "torch",
            "version": str(torch.__version__),
            "device": torch.cuda.get_device_name(),
            "batch": str(self.batch),
        }

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        import torch

        network, images = deepcopy(module).eval().to("cuda"), self._images(input)

        def run() -> float:
            begin, end = _events()
            with torch.inference_mode():
                begin.record()
                network(images)
                end.record()
            end.synchronize()
            return float(begin.elapsed_time(end))

        return run

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        import torch

        module, images = network.build().eval().to("cuda"), self._images(network.input)
        with torch.inference_mode():
            for _ in range(WARM_UP_RUNS):
                module(images)
            return typical_by_kind(time for _ in range(TIMED_RUNS) for time in _time_parts(module, images))

    def _images(self, input: Shape) -> Tensor:
        import torch

        generator = torch.Generator().manual_seed(0)
        shape = (self.batch, input.channels, input.height, input.width)
        return torch.randn(shape, generator=generator).to("cuda")


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
