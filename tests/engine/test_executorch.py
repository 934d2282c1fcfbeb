"""ExecuTorch as an engine: it computes what torch computes, and tells its times by kind."""

import gc
import importlib.metadata
import logging
from dataclasses import replace

import pytest
import torch
from torch import nn

from mobilenas.engine import ExecuTorch
from mobilenas.engine.executorch import _product_kinds
from mobilenas.engine.executorch_network import LoadedNetwork
from mobilenas.engine.export.executorch import to_executorch
from mobilenas.network import load_network, set_resolution
from mobilenas.network.layer import Layer
from mobilenas.ops import MBConv, Op, Shape
from tests.engine.test_export import IMAGE, OPS, ready

ENGINE = ExecuTorch(threads=1, batch=1)
NETWORK = set_resolution(load_network("mobilenet_v3_small"), 64)
STRIDED = [op for op in OPS if " s2 " in op.key(IMAGE)]  # on an odd side, both paddings of the others are alike
CASES = [*((op, "symmetric") for op in OPS), *((op, "same") for op in STRIDED)]
SMALL = Layer(MBConv(12, 3, stride=2, act="h_swish", expanded=36), Shape(12, 10, 12))


@pytest.fixture
def installed() -> None:
    pytest.importorskip("executorch")
    gc.collect()  # no network of the test before uses the pool of threads


@torch.no_grad()
def difference(module: nn.Module, input: Shape, batch: int = 1) -> float:
    """The largest difference from torch on random images, as a share of the largest output above 1."""
    images = torch.randn(batch, input.channels, input.height, input.width, generator=torch.Generator().manual_seed(0))
    expected = module(images.clone())
    network = LoadedNetwork(to_executorch(module, input, "piece", batch), threads=1)
    return float((network.forward(images) - expected).abs().max()) / max(1.0, float(expected.abs().max()))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("op", "padding"), CASES, ids=lambda one: one if isinstance(one, str) else one.key(IMAGE))
def test_every_operation_computes_what_torch_computes(op: Op, padding: str) -> None:
    module = ready(Layer(op, IMAGE, padding=padding).build(), IMAGE)  # type: ignore[arg-type]
    assert difference(module, IMAGE) < 1e-5


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("name", ["moga_a", "fbnet_c", "mobilenet_v2", "mobilenet_v3_small"])
def test_a_published_network_computes_what_torch_computes(name: str, padding: str) -> None:
    network = replace(set_resolution(load_network(name), 64), padding=padding)
    assert difference(ready(network.build(), network.input), network.input) < 1e-4


@pytest.mark.usefixtures("installed")
def test_many_images_are_one_forward_pass_and_the_module_stays_as_it_is() -> None:
    module = ready(SMALL.build(), SMALL.input)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert difference(module, SMALL.input, batch=3) < 1e-5
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())


@pytest.mark.usefixtures("installed")
def test_the_kinds_of_operations_are_found() -> None:
    found = ENGINE.breakdown(NETWORK)
    assert {"conv 1x1", "depthwise conv", "conv kxk", "linear", "elementwise"} <= found.keys()
    assert "other" not in found
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.usefixtures("installed")
def test_each_product_of_a_network_is_an_operation_of_the_profiler() -> None:
    module = NETWORK.build().eval()
    network = LoadedNetwork(to_executorch(module, NETWORK.input, "n"), threads=1, profiled=True)
    for _ in range(3):
        network.forward(torch.zeros(1, 3, 64, 64))
    passes, products = network.passes(), _product_kinds(module, "n")
    assert len(passes) == 3 and len({len(times) for times in passes}) == 1
    found = [one.tag for one in passes[0] if one.tag.startswith(("Convolution", "Fully Connected"))]
    assert len(found) == len(products) == 54
    assert all(("DWConv" in tag) == (kind == "depthwise conv") for tag, kind in zip(found, products, strict=True))


@pytest.mark.usefixtures("installed")
def test_another_number_of_threads_is_refused_while_a_network_uses_the_pool() -> None:
    """Its pool of threads would be destroyed, and the next forward pass would read freed memory."""
    run = ENGINE.prepare(SMALL.build().eval(), SMALL.input)
    other = replace(ENGINE, threads=2)
    with pytest.raises(ValueError, match=r"one pool of threads.*: run threads=2 in a program of its own\.$"):
        other.prepare(SMALL.build().eval(), SMALL.input)
    assert run() > 0
    del run
    gc.collect()
    assert other.prepare(SMALL.build().eval(), SMALL.input)() > 0


@pytest.mark.usefixtures("installed")
def test_nothing_is_written_to_the_terminal_and_logging_stays_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    content, ending = ENGINE.file(SMALL.build().eval(), SMALL.input, "small")
    assert (content[4:8], ending) == (b"ET12", ".pte")  # as its format begins
    ENGINE.prepare(SMALL.build().eval(), SMALL.input)()
    assert (root.handlers, root.level) == before
    assert capfd.readouterr() == ("", "")


def test_a_module_in_training_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^n is in training mode; call eval\(\) before it is exported\.$"):
        to_executorch(nn.Conv2d(3, 4, 1), Shape(3, 8, 8), "n")


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    said = r"ExecuTorch is not installed: write pip install 'mobilenas\[executorch\]', or choose hardware=cpu\."
    for use in (lambda: ENGINE.about, lambda: ENGINE.breakdown(NETWORK)):
        with pytest.raises(ValueError, match=said):
            use()
    with pytest.raises(ValueError, match=said):
        ENGINE.prepare(NETWORK.build().eval(), NETWORK.input)
