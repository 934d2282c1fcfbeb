"""Networks with random weights and random batch norms, as if they were trained."""

import torch
from torch import Tensor, nn

from mobilenas.network import NetworkSpec
from mobilenas.ops import UIB, Classifier, Conv, MBConv, NormedClassifier, Op, Padding, Shape, SqueezeExcite

SE = SqueezeExcite(divisor=8)

SMALL: tuple[Op, ...] = (  # with SE, strides, a residual, a block without an expansion, a hidden layer
    Conv(16, 3, stride=2, act="h_swish"),
    MBConv(16, 3, residual=True),
    MBConv(24, 3, stride=2, expanded=64, se=SE),
    MBConv(24, 5, expanded=72, residual=True),
    MBConv(32, 5, stride=2, act="h_swish", expanded=144, se=SE),
    Conv(96, 1, act="h_swish"),
    Classifier(10, hidden=64, act="h_swish", dropout=0.2),
)
UNIVERSAL: tuple[Op, ...] = (
    Conv(16, 3, stride=2),
    UIB(24, 48, start=3, middle=5, stride=2),
    UIB(24, 96, start=3, residual=True),
    UIB(24, 96, middle=3, residual=True),
    NormedClassifier(10, 64),
)


def small(padding: Padding = "symmetric", ops: tuple[Op, ...] = SMALL) -> NetworkSpec:
    return NetworkSpec(Shape(3, 32, 32), ops, name="small", padding=padding)


def trained(network: NetworkSpec, seed: int = 0) -> dict[str, Tensor]:
    """Weights whose batch norms have statistics, scales and shifts of their own."""
    torch.manual_seed(seed)
    module = network.build()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.5)
            nn.init.normal_(part.running_mean, std=0.5)  # type: ignore[arg-type]
            nn.init.uniform_(part.running_var, 0.5, 1.5)  # type: ignore[arg-type]
            part.num_batches_tracked.fill_(7)  # type: ignore[union-attr]
    return module.state_dict()


def loaded(network: NetworkSpec, weights: dict[str, Tensor]) -> nn.Module:
    module = network.build()
    module.load_state_dict(weights)
    return module.eval()


def images(network: NetworkSpec, count: int = 4) -> Tensor:
    shape = network.input
    return torch.randn(count, shape.channels, shape.height, shape.width, generator=torch.Generator().manual_seed(1))
