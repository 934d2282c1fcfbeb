"""What the exported graph computes is what torch computes."""

import os
import re

import onnx
import pytest
import torch
from torch import Tensor, nn

from mobilenas.engine.export import check_onnx, load_onnxruntime, to_onnx
from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network, network_names
from mobilenas.network.transform import set_resolution
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Op, Pool, Shape, Skip, SqueezeExcite
from mobilenas.ops.modules import ACTIVATIONS

IMAGE = Shape(12, 9, 7)
OPS: list[Op] = [
    *(Conv(8, kernel=3, act=act) for act in ACTIVATIONS),
    Conv(8, kernel=5, stride=2, groups=4),
    Conv(8, kernel=3, stride=2, act="none"),
    Conv(8, kernel=1, norm=False, bias=True),
    MBConv(12, kernel=3, residual=True),
    MBConv(16, kernel=5, stride=2, act="h_swish", expanded=36),
    MBConv(12, kernel=3, expanded=24, groups=3, residual=True),
    MBConv(12, kernel=7, act="relu6", expanded=24, se=SqueezeExcite(gate="sigmoid"), residual=True),
    MBConv(12, kernel=3, act="h_swish", expanded=24, se=SqueezeExcite(act="h_swish", divisor=8)),
    MBConv(12, kernel=3, stride=2, expanded=24, residual=True, shortcut="pooling"),
    ConvBlock(8, kernel=5, stride=2, se=SqueezeExcite(of="input")),
    ConvBlock(12, kernel=3, residual=True, shortcut="pooling"),
    Pool(3, stride=2),
    Pool(3, mode="max"),
    Skip(),
    Classifier(5, dropout=0.2),
    Classifier(5, hidden=6, act="h_swish", hidden_bias=False),
]


def ready(module: nn.Module, input: Shape) -> nn.Module:
    """The module in eval mode, with random batch norms that keep its activations near 1."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.5)
    with torch.no_grad():
        module.train()(torch.randn(4, input.channels, input.height, input.width))
    return module.eval()


class Twice(nn.Module):
    """Reads its convolution twice, so that the batch norm after it must stay."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(12, 12, 1), nn.BatchNorm2d(12)

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.conv(input)
        return output * self.norm(output)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.key(IMAGE))
def test_every_operation_computes_what_torch_computes(op: Op) -> None:
    module = ready(Layer(op, IMAGE).build(), IMAGE)
    model = to_onnx(module, IMAGE, "layer", batch=2)
    onnx.checker.check_model(model, full_check=True)
    assert check_onnx(model, module, IMAGE) < 1e-5


@pytest.mark.parametrize("name", network_names())
def test_a_published_network_computes_what_torch_computes(name: str) -> None:
    network = set_resolution(load_network(name), 32)
    module = ready(network.build(), network.input)
    model = to_onnx(module, network.input, name)
    onnx.checker.check_model(model, full_check=True)
    with torch.no_grad():
        scale = float(module(torch.randn(1, 3, 32, 32)).abs().max())
    assert check_onnx(model, module, network.input) < 1e-4 * scale


def test_a_difference_is_seen() -> None:
    linear = nn.Linear(12, 2)
    module = nn.Sequential(nn.Flatten(), linear).eval()
    model = to_onnx(module, Shape(3, 2, 2), "linear")
    with torch.no_grad():
        linear.bias[0] += 0.25
    assert check_onnx(model, module, Shape(3, 2, 2)) == pytest.approx(0.25, abs=1e-6)


def test_batch_norms_are_folded_into_the_convolutions_before_them() -> None:
    model = to_onnx(load_network("mobilenet_v2").build().eval(), Shape(3, 32, 32), "network")
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}


@pytest.mark.parametrize("module", [Twice(), nn.Sequential(nn.BatchNorm2d(12))], ids=["read twice", "alone"])
def test_other_batch_norms_stay(module: nn.Module) -> None:
    module = ready(module, IMAGE)
    model = to_onnx(module, IMAGE, "norm")
    assert "BatchNormalization" in {node.op_type for node in model.graph.node}
    assert check_onnx(model, module, IMAGE) < 1e-5


def test_a_node_is_named_by_its_layer_and_its_kind() -> None:
    network = load_network("mobilenet_v3_small")
    model = to_onnx(network.build().eval(), network.input, "network")
    names = [node.name for node in model.graph.node]
    assert names[:2] == ["0.0 conv kxk", "0.2 elementwise"]
    assert [name.partition(" ")[2] for name in names if name.startswith("1.")] == [
        "depthwise conv", "elementwise",
        "pooling", "conv 1x1", "elementwise", "conv 1x1", "elementwise", "elementwise",
        "conv 1x1",
    ]  # fmt: skip
    assert {int(re.split("[. ]", name)[0]) for name in names} == set(range(len(network.layers)))
    assert len(set(names)) == len(names)


def test_the_module_is_left_as_it_was() -> None:
    module = ready(Layer(MBConv(12, kernel=3, expanded=24), IMAGE).build(), IMAGE)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    to_onnx(module, IMAGE, "layer")
    after = module.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_a_module_in_training_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"layer is in training mode; call eval\(\)"):
        to_onnx(Layer(Conv(8, kernel=3), IMAGE).build(), IMAGE, "layer")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Softplus()), r"Layer 0 is a Softplus, which cannot be exported to ONNX; use one of .*Conv2d"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(2)), "Layer 0: AdaptiveAvgPool2d .* only with output size 1"),
        (nn.Sequential(nn.Conv2d(12, 12, 3, padding="same")), "Layer 0: only zero padding"),
        (nn.Sequential(nn.BatchNorm2d(12, affine=False)), "Layer 0: a batch norm needs weights and statistics"),
        (
            nn.Sequential(nn.Conv2d(12, 12, 1), nn.BatchNorm2d(12, track_running_stats=False)),
            "Layer 0: a batch norm without running statistics",
        ),
    ],
)
def test_what_cannot_be_exported_is_named(module: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_onnx(module.eval(), IMAGE, "network")


def test_an_unknown_function_is_named() -> None:
    class Difference(nn.Module):
        def forward(self, input: Tensor) -> Tensor:
            return input - input

    with pytest.raises(ValueError, match=r"calls .*sub.*, which cannot be exported to ONNX; use add or mul"):
        to_onnx(Difference().eval(), IMAGE, "network")


def test_onnxruntime_is_told_to_write_nothing_into_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    load_onnxruntime()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
