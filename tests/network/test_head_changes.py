"""What describes and changes networks does it with a head, too."""

from dataclasses import replace
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.commands.measure import main as measure
from mobilenas.network import NetworkSpec, load_network, scale_width, set_classes
from mobilenas.network.backbone import without_classifier
from mobilenas.network.describe import as_dict
from mobilenas.network.heads import LRASPP, SSDLite
from mobilenas.ops import Shape
from mobilenas.pipeline import plan
from mobilenas.settings import SettingsError

IMAGE = Shape(3, 64, 96)


@pytest.fixture
def segmenter() -> NetworkSpec:
    backbone = without_classifier(replace(load_network("mobilenet_v3_small"), input=IMAGE))
    return replace(backbone, head=LRASPP(5, 16), name="segmenter")


def test_the_layers_of_the_head_are_described_with_their_names(segmenter: NetworkSpec) -> None:
    described = as_dict(segmenter)
    layers = described["layers"]
    assert isinstance(layers, list)
    assert [layer["index"] for layer in layers] == [*range(13), "aspp", "spread", "high", "low", "image"]
    assert sum(layer["macs"] for layer in layers) == described["macs"] == segmenter.macs
    assert sum(layer["params"] for layer in layers) == segmenter.params


def test_a_head_gets_other_classes(segmenter: NetworkSpec) -> None:
    """By hand: two 1x1 convolutions from 16 and from 24 channels to each class, with bias."""
    more = set_classes(segmenter, 6)
    assert more.classes == 6 and more.params - segmenter.params == 16 + 1 + 24 + 1


def test_a_head_follows_a_narrower_backbone() -> None:
    backbone = without_classifier(load_network("mobilenet_v2"))
    half = scale_width(replace(backbone, head=SSDLite(3)), 0.5)
    assert [str(tap.shape) for tap in half.taps] == ["288x14x14", "1280x7x7"]


def test_a_network_with_a_head_is_measured(
    segmenter: NetworkSpec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "segmenter.yaml").write_text(segmenter.to_yaml())
    measure([str(tmp_path / "segmenter.yaml"), "--rounds", "2"])
    assert "64x96" in capsys.readouterr().out


def test_a_run_refuses_a_head_before_any_work(segmenter: NetworkSpec, tmp_path: Path) -> None:
    file = tmp_path / "segmenter.yaml"
    file.write_text(segmenter.to_yaml())
    overrides = ["experiment=mobilenet_v2", "scale=laptop", f"outputs={tmp_path}", f"network_file={file}"]
    with pytest.raises(
        SettingsError,
        match="segmenter has the head lr_aspp, and task=classification does not train it: task=detection trains",
    ):
        plan(composed(*overrides), "", overrides)
