"""Latency tables in the YAML of ProxylessNAS and once-for-all."""

from pathlib import Path

import pytest
import yaml

from mobilenas.hardware import TableHardware
from mobilenas.hardware.profile import layers_of
from mobilenas.hardware.public_table import public_keys
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.ops.squeeze_excite import SqueezeExcite
from mobilenas.search_space import LayerwiseSpace, ProxylessMobile

# Keys as they stand in the published files and in the code that reads them.
KEYS = [
    (Conv(32, 3, stride=2), Shape(3, 224, 224), "Conv-input:224x224x3-output:112x112x32"),
    (Conv(1280, 1), Shape(320, 7, 7), "Conv_1-input:7x7x320-output:7x7x1280"),
    (Classifier(1000), Shape(1280, 7, 7), "Logits-input:7x7x1280-output:1000"),
    (
        MBConv(16, 3),
        Shape(32, 112, 112),
        "expanded_conv-input:112x112x32-output:112x112x16-expand:1-kernel:3-stride:1-idskip:0",
    ),
    (
        MBConv(32, 5, stride=2, expanded=48),
        Shape(16, 112, 112),
        "expanded_conv-input:112x112x16-output:56x56x32-expand:3-kernel:5-stride:2-idskip:0",
    ),
    (
        MBConv(32, 5, expanded=96, residual=True),
        Shape(32, 40, 40),
        "expanded_conv-input:40x40x32-output:40x40x32-expand:96-kernel:5-stride:1-idskip:1-se:0-hs:0",
    ),
    (
        MBConv(112, 5, expanded=480, act="h_swish", se=SqueezeExcite("input", 0.25)),
        Shape(80, 10, 10),
        "expanded_conv-input:10x10x80-output:10x10x112-expand:480-kernel:5-stride:1-idskip:0-se:1-hs:1",
    ),
]


@pytest.mark.parametrize(("op", "input", "key"), KEYS, ids=lambda one: str(one)[:40])
def test_layers_have_the_published_keys(op: Conv, input: Shape, key: str) -> None:
    assert key in public_keys(Layer(op, input))


def test_a_layer_that_they_do_not_know_has_no_key() -> None:
    assert public_keys(Layer(MBConv(16, 3, expanded=16, groups=2), Shape(16, 8, 8))) == []


@pytest.fixture
def space() -> LayerwiseSpace:
    return ProxylessMobile(stages=2, blocks=2).space(10, 32)


def written(space: LayerwiseSpace, path: Path, leave_out: int = 0) -> dict[str, float]:
    """Writes a file as ProxylessNAS has it; returns the rows by the key of the layer."""
    layers = list(layers_of(space).values())[leave_out:]
    rows = {layer.key: 0.25 + place for place, layer in enumerate(layers)}
    content = {public_keys(layer)[0]: {"count": 100.0, "mean": rows[layer.key], "std": 0.1} for layer in layers}
    path.write_text(yaml.safe_dump(content))
    return rows


def test_a_network_takes_the_sum_of_its_rows(space: LayerwiseSpace, tmp_path: Path) -> None:
    rows = written(space, tmp_path / "mobile.yaml")
    hardware = TableHardware(str(tmp_path / "mobile.yaml"))
    table = hardware.profile(space).table
    assert table.rows == rows and hardware.images == 1 and table.about["device"] == "mobile"
    network: NetworkSpec = space.network([0] * len(space.options))
    assert table.latency_ms(network) == pytest.approx(sum(rows[layer.key] for layer in network.layers))


def test_missing_rows_are_named_as_the_file_would_have_them(space: LayerwiseSpace, tmp_path: Path) -> None:
    written(space, tmp_path / "mobile.yaml", leave_out=5)
    first = public_keys(space.fixed[0])[0]
    said = rf"mobile\.yaml has no row for '{first}', .* and 2 more: it may be of another space"
    with pytest.raises(ValueError, match=said):
        TableHardware(str(tmp_path / "mobile.yaml")).profile(space)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "must be a mapping from layers to their mean"),
        ("Conv: {std: 1}", "'Conv' must have a mean in milliseconds"),
        ("Conv: {mean: -1}", "'Conv' must have a mean in milliseconds"),
        ("Conv: {mean: .nan}", "'Conv' must have a mean in milliseconds"),
        ("Conv: {mean: 'true'}", "'Conv' must have a mean in milliseconds"),
        ("Conv: {mean: [", "is not YAML"),
    ],
)
def test_another_file_is_refused(text: str, said: str, space: LayerwiseSpace, tmp_path: Path) -> None:
    (tmp_path / "mobile.yaml").write_text(text)
    with pytest.raises(ValueError, match=said):
        TableHardware(str(tmp_path / "mobile.yaml")).profile(space)
