"""PyTorch on a GPU."""

from contextlib import nullcontext
from itertools import count

import pytest
import torch

from mobilenas.engine import Cuda, cuda
from mobilenas.engine.base import noise_images
from mobilenas.search_space import MoGA

NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
NETWORK = MoGA(width=0.25, stages=2).space(classes=10, resolution=32).network([1] * 5)


def test_without_a_device_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="finds no CUDA device: measure with hardware=cpu, or give a table"):
        _ = Cuda(batch=8).about


def test_no_images_are_refused() -> None:
    with pytest.raises(ValueError, match="Cuda: batch must be a whole number, 1 or more, not 0"):
        Cuda(batch=0)


@pytest.mark.gpu
@NEEDS_CUDA
def test_a_run_takes_time_and_leaves_the_module_where_it_is() -> None:
    module = NETWORK.build().eval()
    run = Cuda(batch=2).prepare(module, NETWORK.input)
    assert all(run() > 0 for _ in range(3))
    assert {parameter.device.type for parameter in module.parameters()} == {"cpu"}


@pytest.mark.gpu
@NEEDS_CUDA
def test_a_replay_computes_what_eager_execution_computes() -> None:
    """Other graphs share the memory, and their replays come between."""
    torch.manual_seed(0)
    networks = [NETWORK.build().eval().to("cuda") for _ in range(3)]
    images = torch.from_numpy(noise_images(2, NETWORK.input)).to("cuda")
    found = [cuda.captured(network, images) for network in networks]
    for place in (1, 0, 2, 1):
        graph, output = found[place]
        with torch.inference_mode():
            output.zero_()
            graph.replay()
            torch.testing.assert_close(output, networks[place](images))


@pytest.mark.gpu
@NEEDS_CUDA
def test_a_replay_takes_time_and_leaves_the_module_where_it_is() -> None:
    module = NETWORK.build().eval()
    runs = [Cuda(batch=2, graphs=True).prepare(module, NETWORK.input) for _ in range(2)]
    assert all(run() > 0 for _ in range(3) for run in runs)
    assert {parameter.device.type for parameter in module.parameters()} == {"cpu"}


@pytest.mark.gpu
@NEEDS_CUDA
def test_the_breakdown_has_the_kinds_of_the_network() -> None:
    times_ms = Cuda(batch=2).breakdown(NETWORK)
    assert {"conv kxk", "conv 1x1", "depthwise conv", "linear", "pooling", "elementwise"} <= times_ms.keys()


class Event:
    """Of a device whose next event is always a millisecond later."""

    clock = count()

    def record(self) -> None:
        self.at = next(self.clock)

    def synchronize(self) -> None:
        """All has happened."""

    def elapsed_time(self, later: "Event") -> float:
        return float(later.at - self.at)


def test_the_parts_of_a_run_add_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "_events", lambda: (Event(), Event()))
    module = NETWORK.build().eval()
    leaves = [part for part in module.modules() if not list(part.children())]
    with torch.inference_mode():
        *parts, between = [took_ms for _, _, took_ms in cuda._time_parts(module, torch.randn(1, 3, 32, 32))]
    assert parts == [1.0] * len(leaves)  # from the event before a part to the one after it
    assert between == len(leaves) + 1  # from the beginning to the first part, to the next one, ..., to the end


class Calls(torch.nn.Module):
    """Counts its forward passes."""

    passes = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.passes += 1
        return images


class Graph:
    """Of a device that has no memory."""

    replays = 0

    def replay(self) -> None:
        self.replays += 1


class Stream:
    """Of a device that does everything at once."""

    def wait_stream(self, other: "Stream") -> None:
        """Nothing is left to wait for."""


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for a device: its tensors stay where they are, and a graph is captured by one forward pass."""
    monkeypatch.setattr(cuda, "_events", lambda: (Event(), Event()))
    monkeypatch.setattr(torch.nn.Module, "to", lambda module, *where: module)
    monkeypatch.setattr(Cuda, "_images", lambda engine, input: torch.zeros(1))
    monkeypatch.setattr(cuda, "_first_graph", lambda: None)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    for name in ("graph", "stream"):
        monkeypatch.setattr(torch.cuda, name, lambda *_, **__: nullcontext())


@pytest.mark.usefixtures("no_device")
@pytest.mark.parametrize("graphs", [False, True])
def test_a_graph_is_captured_once_and_replayed_by_each_run(graphs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    module, graph = Calls().eval(), Graph()
    monkeypatch.setattr(cuda, "deepcopy", lambda module: module)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: graph)
    run = Cuda(batch=2, graphs=graphs).prepare(module, NETWORK.input)
    prepared = module.passes
    assert [run() for _ in range(3)] == [1.0] * 3
    assert prepared == (cuda.WARM_UP_RUNS + 1 if graphs else 0)
    assert (module.passes - prepared, graph.replays) == ((0, 3) if graphs else (3, 0))


def test_graphs_are_a_fact_only_where_they_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a device")
    assert Cuda(batch=8, graphs=True).about == Cuda(batch=8).about | {"graphs": "yes"}
    assert "graphs" not in Cuda(batch=8).about
    assert Cuda(batch=8, precision="fp16").about == Cuda(batch=8).about | {"precision": "fp16"}


@pytest.mark.gpu
@NEEDS_CUDA
@pytest.mark.parametrize("graphs", [False, True])
def test_it_computes_with_16_bits(graphs: bool) -> None:
    run = Cuda(batch=2, graphs=graphs, precision="fp16").prepare(NETWORK.build().eval(), NETWORK.input)
    assert run() > 0


@pytest.mark.gpu
@NEEDS_CUDA
def test_it_says_what_it_is() -> None:
    assert Cuda(batch=2).about["device"] == torch.cuda.get_device_name()
