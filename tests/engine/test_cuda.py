"""PyTorch on a GPU."""

from itertools import count

import pytest
import torch

from mobilenas.engine import Cuda, cuda
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


@pytest.mark.gpu
@NEEDS_CUDA
def test_it_says_what_it_is() -> None:
    assert Cuda(batch=2).about["device"] == torch.cuda.get_device_name()
