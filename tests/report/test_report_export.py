"""Exported networks: what they compute, what they say of themselves, and the lines that use them."""

import json
import runpy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from mobilenas.data.images import FileImages
from mobilenas.data.normalization import Normalization
from mobilenas.network.spec import NetworkSpec
from mobilenas.report import ImageFormat, RunResult
from mobilenas.report.exporting import export
from mobilenas.report.usage import code

CLASSES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture
def spec(result: RunResult) -> NetworkSpec:
    return result.networks[0].spec


@pytest.fixture
def network(spec: NetworkSpec) -> nn.Module:
    torch.manual_seed(0)
    return spec.build().eval()


def test_an_export_computes_what_torch_computes_and_knows_its_images(
    spec: NetworkSpec, network: nn.Module, result: RunResult, tmp_path: Path
) -> None:
    assert export(spec, network, result.images, tmp_path / "one.onnx") < 1e-5
    model = onnx.load(tmp_path / "one.onnx")
    assert {one.key: json.loads(one.value) for one in model.metadata_props} == {
        "mean": [0.3, 0.3, 0.3],
        "std": [0.35, 0.35, 0.35],
        "classes": list("0123456789"),
    }


def test_a_network_whose_export_differs_is_not_exported(
    spec: NetworkSpec, network: nn.Module, result: RunResult, tmp_path: Path
) -> None:
    next(network.parameters()).data.fill_(torch.nan)
    with pytest.raises(ValueError, match=r"moga-1: the ONNX export differs from torch by nan, more than 0\.0001"):
        export(spec, network, result.images, tmp_path / "one.onnx")
    assert not (tmp_path / "one.onnx").exists()


@pytest.mark.parametrize("orientation", [1, 6])  # 6: the camera was turned
@pytest.mark.parametrize("share", [1.0, 0.875])
def test_the_lines_on_the_page_compute_what_evaluation_computes(
    spec: NetworkSpec,
    network: nn.Module,
    share: float,
    orientation: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images = ImageFormat((16, 16), (0.5, 0.4, 0.3), (0.3, 0.2, 0.1), CLASSES, share)
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(noise).save(tmp_path / "image.png", exif=exif)
    export(spec, network, images, tmp_path / "moga-1.onnx")
    (tmp_path / "use.py").write_text(code("moga-1.onnx", images, spec))
    monkeypatch.chdir(tmp_path)
    expected = evaluated(network, images, tmp_path)
    np.testing.assert_allclose(runpy.run_path("use.py")["outputs"][0], expected, atol=1e-5)
    assert capsys.readouterr().out.strip() == CLASSES[expected.argmax()]


def evaluated(network: nn.Module, images: ImageFormat, folder: Path) -> NDArray[np.float32]:
    files = FileImages(folder, np.array(["image.png"]), torch.tensor([0]), images.size[0], images.center_share)
    batch, _ = Normalization(images.mean, images.std)([files.centered([0]), files.labels])
    with torch.inference_mode():
        expected: NDArray[np.float32] = network(batch).numpy()
    return expected
