"""The modules against a direct evaluation of the papers' definitions."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mobilenas.network.layer import Layer
from mobilenas.ops import Classifier, Conv, MBConv, Pool, Shape, Skip, SqueezeExcite
from mobilenas.ops.modules import ACTIVATIONS

INPUT = Shape(8, 9, 7)
EPS = 1e-5


def h_swish(x: Tensor) -> Tensor:  # MobileNetV3 Sec. 5.2
    return x * (x + 3).clamp(0, 6) / 6


def hard_sigmoid(x: Tensor) -> Tensor:  # MobileNetV3 Sec. 5.2
    return (x + 3).clamp(0, 6) / 6


def batch_norm(x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    column = (1, -1, 1, 1)
    normal = (x - mean.view(column)) / (variance.view(column) + EPS).sqrt()
    return normal * scale.view(column) + shift.view(column)


def random_module(layer: Layer) -> tuple[nn.Module, list[Tensor], Tensor]:
    """A module in eval mode with random weights and statistics, its tensors in order, and two images."""
    torch.manual_seed(0)
    module = layer.build().double().eval()
    tensors = [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]
    for tensor in tensors:
        tensor.uniform_(0.1, 1) if tensor.ndim == 1 else tensor.normal_()
    shape = layer.input
    return module, tensors, torch.randn(2, shape.channels, shape.height, shape.width, dtype=torch.double)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", lambda x: x.clamp(min=0)),
        ("relu6", lambda x: x.clamp(0, 6)),
        ("h_swish", h_swish),
        ("sigmoid", lambda x: 1 / (1 + (-x).exp())),
        ("hard_sigmoid", hard_sigmoid),
        ("none", lambda x: x),
    ],
)
def test_an_activation_is_its_formula(name: str, expected: nn.Module) -> None:
    x = torch.linspace(-9, 9, 361, dtype=torch.double)
    torch.testing.assert_close(ACTIVATIONS[name]()(x.clone()), expected(x))


def test_relu6_has_pytorchs_gradient_and_keeps_its_output_alone() -> None:
    x = torch.linspace(-9, 9, 361, dtype=torch.double, requires_grad=True)
    kept: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        output = ACTIVATIONS["relu6"]()(x * 1)[:]
    (grad,) = torch.autograd.grad((output**2).sum(), x)
    (expected,) = torch.autograd.grad((F.relu6(x) ** 2).sum(), x)
    torch.testing.assert_close(grad, expected)
    assert [tensor.data_ptr() for tensor in kept if tensor.shape == x.shape] == [output.data_ptr()]


def test_a_convolution_is_normalized_then_activated() -> None:
    module, (weight, *norm), x = random_module(Layer(Conv(6, kernel=5, stride=2, act="h_swish", groups=2), INPUT))
    expected = h_swish(batch_norm(F.conv2d(x, weight, stride=2, padding=2, groups=2), *norm))
    torch.testing.assert_close(module(x), expected)


def test_a_separable_convolution_has_no_activation_after_the_projection() -> None:
    module, (depthwise, *norm), x = random_module(Layer(MBConv(6, kernel=3, stride=2), INPUT))
    wide = batch_norm(F.conv2d(x, depthwise, stride=2, padding=1, groups=8), *norm[:4]).relu()
    torch.testing.assert_close(module(x), batch_norm(F.conv2d(wide, norm[4]), *norm[5:]))


def test_a_block_gates_its_depthwise_activations_and_adds_its_input() -> None:
    op = MBConv(8, kernel=7, act="h_swish", expanded=12, se=SqueezeExcite(of="input", ratio=0.5), residual=True)
    module, (expand, *a), x = random_module(Layer(op, INPUT))
    wide = h_swish(batch_norm(F.conv2d(x, expand), *a[:4]))
    wide = h_swish(batch_norm(F.conv2d(wide, a[4], padding=3, groups=12), *a[5:9]))
    squeezed = F.conv2d(wide.mean((2, 3), keepdim=True), a[9], a[10]).relu()
    assert squeezed.shape[1] == 4  # half of the input's 8 channels
    wide = wide * hard_sigmoid(F.conv2d(squeezed, a[11], a[12]))
    torch.testing.assert_close(module(x), x + batch_norm(F.conv2d(wide, a[13]), *a[14:]))


def test_groups_are_shuffled_after_the_first_convolution() -> None:  # FBNet Sec. 3.1
    module, (expand, *a), x = random_module(Layer(MBConv(6, kernel=3, expanded=12, groups=2), INPUT))
    wide = batch_norm(F.conv2d(x, expand, groups=2), *a[:4]).relu()
    wide = wide[:, [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]]  # the groups' channels, one of each in turn
    wide = batch_norm(F.conv2d(wide, a[4], padding=1, groups=12), *a[5:9]).relu()
    torch.testing.assert_close(module(x), batch_norm(F.conv2d(wide, a[9], groups=2), *a[10:]))


def test_a_classifier_pools_before_its_hidden_layer() -> None:
    op = Classifier(classes=3, hidden=5, act="h_swish", dropout=0.9)
    module, (hidden, hidden_bias, last, bias), x = random_module(Layer(op, INPUT))
    expected = h_swish(x.mean((2, 3)) @ hidden.T + hidden_bias) @ last.T + bias
    torch.testing.assert_close(module(x), expected)


def test_average_pooling_leaves_the_padding_out() -> None:
    ones = torch.ones(1, 8, 9, 7)
    assert torch.equal(Layer(Pool(kernel=3, stride=2), INPUT).build()(ones), torch.ones(1, 8, 5, 4))


def test_max_pooling_takes_the_largest_of_a_window() -> None:
    x = torch.arange(9.0).view(1, 1, 3, 3)
    expected = torch.tensor([[4.0, 5.0, 5.0], [7.0, 8.0, 8.0], [7.0, 8.0, 8.0]])
    assert torch.equal(Layer(Pool(kernel=3, mode="max"), Shape(1, 3, 3)).build()(x)[0, 0], expected)


def test_a_skip_hands_its_input_on() -> None:
    x = torch.rand(1, 8, 9, 7)
    assert Layer(Skip(), INPUT).build()(x) is x
