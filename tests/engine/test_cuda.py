"""PyTorch on a GPU."""

import pytest
import torch

from mobilenas.engine import Cuda
from mobilenas.search_space import moga

NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
NETWORK = moga(classes=10, resolution=32, width=0.25, stages=2).network([1] * 5)


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
def test_the_breakdown_adds_up_to_a_run() -> None:
    engine = Cuda(batch=2)
    times_ms = engine.breakdown(NETWORK)
    assert {"conv kxk", "conv 1x1", "depthwise conv", "linear", "pooling", "elementwise"} <= times_ms.keys()
    run = engine.prepare(NETWORK.build().eval(), NETWORK.input)
    assert sum(times_ms.values()) > 0.5 * min(run() for _ in range(10))


@pytest.mark.gpu
@NEEDS_CUDA
def test_it_says_what_it_is() -> None:
    assert Cuda(batch=2).about["device"] == torch.cuda.get_device_name()
