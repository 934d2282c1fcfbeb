"""Skip paths around convolutions against a direct computation."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mobilenas.network.layer import Layer
from mobilenas.ops import ConvBlock, MBConv, Op, Shape, SqueezeExcite

INPUT = Shape(6, 7, 7)
SE = SqueezeExcite(of="input", ratio=0.5, gate="sigmoid")


def random_layer(op: Op) -> tuple[torch.nn.Module, dict[str, Tensor], Tensor]:
    torch.manual_seed(0)
    module = Layer(op, INPUT).build().double().eval()
    return module, dict(module.named_parameters()), torch.randn(2, 6, 7, 7, dtype=torch.double)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_pooled_residual_adds_the_average_of_what_each_window_holds(stride: int) -> None:
    module, _, x = random_layer(MBConv(6, kernel=3, stride=stride, expanded=12, residual=True, shortcut="pooling"))
    weights = {name.removeprefix("parts."): value for name, value in module.state_dict().items()}
    plain = Layer(MBConv(6, kernel=3, stride=stride, expanded=12), INPUT).build().double().eval()
    plain.load_state_dict(weights)
    ones = torch.ones_like(x)
    window = torch.ones(6, 1, 3, 3, dtype=torch.double)
    sums, counts = (F.conv2d(value, window, stride=stride, padding=1, groups=6) for value in (x, ones))
    torch.testing.assert_close(module(x), plain(x) + sums / counts)


def test_a_convolution_block_is_gated_after_its_activation() -> None:
    module, w, x = random_layer(ConvBlock(6, kernel=5, se=SE, residual=True))
    y = F.conv2d(x, w["0.0.weight"], padding=2).div((1 + 1e-5) ** 0.5).relu()
    squeezed = F.conv2d(y.mean((2, 3), keepdim=True), w["1.1.weight"], w["1.1.bias"]).relu()
    assert squeezed.shape[1] == 3  # half of the input's channels
    torch.testing.assert_close(module(x), x + y * F.conv2d(squeezed, w["1.3.weight"], w["1.3.bias"]).sigmoid())


@pytest.mark.parametrize(
    ("op", "said"),
    [
        (lambda: Layer(ConvBlock(8, kernel=3, residual=True), INPUT), "a residual needs equal shapes"),
        (
            lambda: Layer(MBConv(8, kernel=3, residual=True, shortcut="pooling"), INPUT),
            "a pooled residual needs equal channels",
        ),
        (lambda: ConvBlock(8, kernel=3, residual=True, shortcut="max"), "shortcut is one of identity, pooling"),
    ],
)
def test_a_skip_path_that_does_not_fit_is_refused(op, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        op()
