"""What ncnn computes from its files is what torch computes, and ncnn as an engine."""

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import ncnn
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mobilenas.engine import Ncnn
from mobilenas.engine.export.ncnn import to_ncnn
from mobilenas.engine.ncnn import _image
from mobilenas.network import load_network, network_names, set_resolution
from mobilenas.network.layer import Layer
from mobilenas.ops import MBConv, Op, Shape
from tests.engine.test_export import IMAGE, OPS, Twice, ready

ENGINE = Ncnn(threads=1)
EVEN = Shape(12, 10, 12)
NETWORK = set_resolution(load_network("mobilenet_v3_small"), 64)


def run(files: tuple[str, bytes], image: Tensor, folder: Path) -> NDArray[np.float32]:
    """What ncnn computes with 32 bits."""
    (folder / "n.param").write_text(files[0])
    (folder / "n.bin").write_bytes(files[1])
    network = ncnn.Net()
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    assert (network.load_param(str(folder / "n.param")), network.load_model(str(folder / "n.bin"))) == (0, 0)
    extractor = network.create_extractor()
    extractor.input("input", ncnn.Mat(np.ascontiguousarray(image.numpy())).clone())
    status, found = extractor.extract("output")
    assert status == 0
    return np.array(found)


@torch.no_grad()
def difference(module: nn.Module, input: Shape, folder: Path) -> float:
    """The largest difference from torch on a random image, as a share of the largest output above 1."""
    image = torch.randn(1, *input_shape(input), generator=torch.Generator().manual_seed(0))
    expected = module(image.clone())[0].numpy()
    found = run(to_ncnn(module, input, "piece"), image[0], folder)
    return float(np.abs(found.reshape(expected.shape) - expected).max() / max(1.0, np.abs(expected).max()))


def input_shape(input: Shape) -> tuple[int, int, int]:
    return input.channels, input.height, input.width


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("image", [IMAGE, EVEN], ids=str)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.key(IMAGE))
def test_every_operation_computes_what_torch_computes(op: Op, image: Shape, padding: str, tmp_path: Path) -> None:
    module = ready(Layer(op, image, padding=padding).build(), image)  # type: ignore[arg-type]
    assert difference(module, image, tmp_path) < 1e-4  # its 3x3 convolutions are those of Winograd


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("name", network_names())
def test_a_published_network_computes_what_torch_computes(name: str, padding: str, tmp_path: Path) -> None:
    network = replace(set_resolution(load_network(name), 64), padding=padding)
    assert difference(ready(network.build(), network.input), network.input, tmp_path) < 1e-4


@pytest.mark.parametrize("side", range(6, 10))
@pytest.mark.parametrize("pool", [nn.AvgPool2d, nn.MaxPool2d])
def test_pools_and_convolutions_of_every_size(side: int, pool: type[nn.Module], tmp_path: Path) -> None:
    for kernel in (3, 5):
        windows = [nn.Conv2d(4, 4, kernel, 2, kernel // 2, groups=groups) for groups in (1, 2, 4)]
        windows.append(nn.Conv2d(4, 4, kernel, 1, 2 * (kernel // 2), 2, groups=4))
        for module in (*windows, *(pool(kernel, stride, kernel // 2) for stride in (1, 2))):
            assert difference(module.eval(), Shape(4, side, side + 1), tmp_path) < 1e-4, module


def test_values_that_are_read_twice_are_split(tmp_path: Path) -> None:
    class Kept(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.alike, self.act = nn.Conv2d(12, 12, 1), nn.Identity(), nn.ReLU()

        def forward(self, input: Tensor) -> Tensor:
            value = self.conv(input)
            output: Tensor = self.act(self.alike(value)) + value * input
            return output

    for module in (Kept(), Twice()):
        assert difference(ready(module, IMAGE), IMAGE, tmp_path) < 1e-5


def test_activations_are_within_the_layers_before_them() -> None:
    block = MBConv(12, 3, stride=2, act="h_swish", expanded=36)
    graph, _ = to_ncnn(Layer(block, EVEN).build().eval(), EVEN, "b")
    assert [line.split()[0] for line in graph.splitlines()[2:]] == [
        "Input", "Convolution", "ConvolutionDepthWise", "Convolution",
    ]  # fmt: skip


def test_what_cannot_be_exported_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^n is in training mode; call eval\(\) before it is exported\.$"):
        to_ncnn(nn.Conv2d(3, 4, 1), Shape(3, 8, 8), "n")
    with pytest.raises(ValueError, match=r"^Layer 0 is a Softplus, which cannot be exported to ncnn; use one of"):
        to_ncnn(nn.Sequential(nn.Softplus()).eval(), Shape(3, 8, 8), "n")
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 3, padding=1))
    with pytest.raises(ValueError, match=r"^Layer 1: only a 1x1 convolution without groups can follow a pooled map\.$"):
        to_ncnn(pooled.eval(), Shape(3, 8, 8), "n")


def test_the_kinds_of_operations_are_found() -> None:
    found = ENGINE.breakdown(NETWORK)
    assert {"conv 1x1", "depthwise conv", "conv kxk", "linear", "pooling", "elementwise"} <= found.keys()
    assert "other" not in found
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    said = r"ncnn is not installed: write pip install 'mobilenas\[ncnn\]', or choose hardware=cpu\."
    for use in (lambda: ENGINE.about, lambda: ENGINE.breakdown(NETWORK)):
        with pytest.raises(ValueError, match=said):
            use()
    with pytest.raises(ValueError, match=said):
        ENGINE.prepare(NETWORK.build().eval(), NETWORK.input)


def test_an_image_is_a_copy_of_its_numbers() -> None:
    """Of a size whose memory goes back to the system as soon as nobody needs it."""
    shape = Shape(64, 224, 224)
    expected = np.random.default_rng(0).standard_normal((64, 224, 224), dtype=np.float32)
    for _ in range(3):
        np.testing.assert_array_equal(np.array(_image(shape)), expected)
