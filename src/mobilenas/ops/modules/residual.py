"""The modules of the path that leads a block's input around its convolutions."""

from collections.abc import Sequence

from torch import Tensor, nn

from mobilenas.ops.residual import Shortcut


class InvertedResidual(nn.Sequential):
    """Adds its input ``(N, C, H, W)`` to the output of its parts."""

    def forward(self, input: Tensor) -> Tensor:
        output = input
        for part in self:
            output = part(output)
        return input + output


class PooledResidual(nn.Module):
    """Adds its input ``(N, C, H, W)``, averaged over windows of 3x3, to the output of its parts.

    MnasNet does not say which pooling its skip path has (Sec. 4.1); the average keeps the input's scale.

    Args:
        parts: what the pooled input is added to
        stride: of the parts together, and of the pooling
    """

    def __init__(self, parts: nn.Sequential, stride: int) -> None:
        super().__init__()
        self.parts = parts
        self.pool = nn.AvgPool2d(3, stride, 1, count_include_pad=False)

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.pool(input) + self.parts(input)
        return output


def with_shortcut(parts: Sequence[nn.Module], residual: bool, shortcut: Shortcut, stride: int) -> nn.Module:
    """The parts in a row and, if there is one, the way around them."""
    if not residual:
        return nn.Sequential(*parts)
    return InvertedResidual(*parts) if shortcut == "identity" else PooledResidual(nn.Sequential(*parts), stride)
