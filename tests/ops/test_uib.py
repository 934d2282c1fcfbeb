"""The universal inverted bottleneck against a direct evaluation, and its answers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace, bottlenecks
from mobilenas.hardware.features import layer_features
from mobilenas.network.improvement import improve
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width, unstride
from mobilenas.ops import UIB, Classifier, Conv, MBConv, Shape
from mobilenas.report.labels import short_label

INPUT = Shape(8, 9, 9)
KINDS = {  # kernels of the depthwise convolutions before and after the expansion
    "extra_dw": (5, 3),
    "ib": (None, 5),
    "convnext": (3, None),
    "ffn": (None, None),
}
NETWORK = NetworkSpec(
    Shape(3, 16, 16),
    (
        Conv(8, 3),
        UIB(12, 32, start=5, middle=3, stride=2),
        UIB(12, 48, middle=5, residual=True),
        UIB(12, 24, start=3, residual=True),
        UIB(12, 24, residual=True),
        Classifier(10),
    ),
    name="mine",
)


def test_a_dilated_block_is_measured_by_itself_and_one_without_depthwise_convolutions_stays() -> None:
    for kernels in KINDS.values():
        block = UIB(12, 32, *kernels)
        is_same = Layer(block.dilated(2), INPUT).key == Layer(block, INPUT).key
        assert is_same == (block.dilated(2) == block) == (kernels == (None, None))


def norm(x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    column = (1, -1, 1, 1)
    normal = (x - mean.view(column)) / (variance.view(column) + 1e-5).sqrt()
    return normal * scale.view(column) + shift.view(column)


def directly(x: Tensor, tensors: list[Tensor], kernels: tuple[int | None, int | None], stride: int) -> Tensor:
    """The block's formula: depthwise, 1x1 and ReLU, depthwise and ReLU, 1x1; the last depthwise one is strided."""
    rest, (start, middle) = iter(tensors), kernels

    def normed(x: Tensor, kernel: int, stride: int = 1, groups: int = 1) -> Tensor:
        weight = next(rest)
        return norm(F.conv2d(x, weight, None, stride, kernel // 2, 1, groups), *(next(rest) for _ in range(4)))

    if start:
        x = normed(x, start, 1 if middle else stride, x.shape[1])
    x = normed(x, 1).relu()
    if middle:
        x = normed(x, middle, stride, x.shape[1]).relu()
    return normed(x, 1)


@pytest.mark.parametrize(
    ("kind", "stride"), [*((kind, 1) for kind in KINDS), ("extra_dw", 2), ("ib", 2), ("convnext", 2)]
)
def test_a_block_is_its_formula(kind: str, stride: int) -> None:
    start, middle = KINDS[kind]
    torch.manual_seed(0)
    residual = stride == 1
    module = UIB(8, 20, start, middle, stride, residual=residual).build(INPUT).double().eval()
    tensors = [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]
    for tensor in tensors:
        tensor.uniform_(0.1, 1) if tensor.ndim == 1 else tensor.normal_()
    x = torch.randn(2, 8, 9, 9, dtype=torch.double)
    expected = directly(x, tensors, (start, middle), stride) + (x if residual else 0)
    torch.testing.assert_close(module(x), expected)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kind", ["extra_dw", "ib", "convnext"])
def test_counts_are_torchs(kind: str, stride: int, torch_counts: Callable[[Layer], tuple[int, int]]) -> None:
    start, middle = KINDS[kind]
    layer = Layer(UIB(16, 20, start, middle, stride), INPUT)
    assert (layer.params, layer.macs) == torch_counts(layer)


def test_every_field_changes_the_key() -> None:
    base = {"out": 8, "expanded": 16, "start": 3, "middle": 3}
    changes = [{}, {"out": 16}, {"expanded": 24}, {"start": 5}, {"start": None}, {"middle": 5}, {"middle": None}]
    changes += [{"stride": 2}, {"act": "relu6"}, {"residual": True}]
    keys = {Layer(UIB(**base | change), INPUT).key for change in changes}
    assert len(keys) == len(changes)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stride": 2}, "uib: stride 2 needs a depthwise convolution: give start or middle."),
        ({"start": 4}, "uib: start must be odd, not 4"),
        ({"middle": 0}, "uib: middle must be a whole number above 0"),
        ({"expanded": 0}, "uib: expanded must be a whole number above 0"),
        ({"act": "gelu"}, "uib: activation 'gelu' is unknown"),
    ],
)
def test_an_impossible_block_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        UIB(**{"out": 8, "expanded": 16} | fields)


def test_a_line_of_yaml_gives_a_ratio_or_channels() -> None:
    lines = NETWORK.to_yaml()
    assert NetworkSpec.from_yaml(lines) == NETWORK
    ratio = lines.replace("expanded: 32", "expansion: 4")
    assert ratio != lines and NetworkSpec.from_yaml(ratio) == NETWORK
    with pytest.raises(ValueError, match=r"uib: give expansion \(a ratio\) or expanded \(channels\)"):
        NetworkSpec.from_yaml(lines.replace("expanded: 32, ", ""))


def test_the_last_depthwise_convolution_loses_its_stride_for_small_images() -> None:
    assert [op.stride for op in unstride(NETWORK, 1).ops] == [1] * 6


def test_width_scales_the_expansion_with_the_input() -> None:
    ops = scale_width(NETWORK, 2).ops
    assert [(op.out, op.expanded) for op in ops if isinstance(op, UIB)] == [(24, 64), (24, 96), (24, 48), (24, 48)]


def test_improvements_fit_the_block() -> None:
    assert {op.act for op in improve(NETWORK, ["h_swish@8"]).ops if isinstance(op, UIB)} == {"h_swish"}
    one = improve(NETWORK, ["one_type@e3_k5"]).ops[1:3]
    assert one == (MBConv(12, 5, 2, expanded=24), MBConv(12, 5, expanded=36, residual=True))
    slim = NetworkSpec(NETWORK.input, (Conv(32, 3), UIB(16, 32, middle=3), Classifier(10)))
    assert improve(slim, ["slim_stem"]).ops[1] == UIB(16, 32, middle=3, residual=True)


def test_netadapt_finds_each_expansion_and_the_bottleneck() -> None:
    assert bottlenecks(NETWORK) == [(1, 2, 3, 4)]
    found = [(width.kind, width.places) for width in WidthSpace(NETWORK, 4).widths]
    assert found == [("expansion", (1,)), ("bottleneck", (1, 2, 3, 4)), *(("expansion", (at,)) for at in (2, 3, 4))]


@pytest.mark.parametrize("seed", range(4))
def test_a_child_computes_what_its_parent_does_with_the_channels_that_go_at_zero(seed: int) -> None:
    torch.manual_seed(seed)
    space, images = WidthSpace(NETWORK, 4), torch.rand(2, 3, 16, 16).double()
    parent = NETWORK.build().double().eval()
    weights = {name: tensor.clone() for name, tensor in parent.state_dict().items()}
    for name, tensor in weights.items():
        if name.endswith(".bias"):
            tensor.copy_(0.5 + torch.randperm(len(tensor)) / len(tensor))  # all differ, and so name their channels
    child = space.network(np.random.default_rng(seed).integers(0, space.options).tolist())
    cut = truncated(weights, NETWORK, child, "norm")
    for name, tensor in weights.items():
        if name.endswith(".bias"):
            gone = ~torch.isin(tensor, cut[name])
            tensor[gone] = 0
            weights[f"{name.removesuffix('bias')}weight"][gone] = 0
    small = child.build().double().eval()
    small.load_state_dict(cut)
    parent.load_state_dict(weights)
    torch.testing.assert_close(small(images), parent(images))


def test_a_predictor_sees_each_of_its_convolutions() -> None:
    layer = Layer(UIB(16, 20, 5, 3, 2), INPUT)
    features = layer_features(layer)
    parts = [features[f"uib {part}"] for part in ("start k5 s1", "expansion", "middle k3 s2", "projection")]
    assert sum(parts) == pytest.approx(layer.macs / 1e6)


@pytest.mark.parametrize(
    ("kind", "label"), [("extra_dw", "K5 E2.5 K3"), ("ib", "E2.5 K5"), ("convnext", "K3 E2.5"), ("ffn", "E2.5")]
)
def test_a_label_has_the_kernels_before_and_after_the_expansion(kind: str, label: str) -> None:
    assert short_label(Layer(UIB(16, 20, *KINDS[kind]), INPUT)) == label
