"""The module of squeeze-and-excitation."""

from torch import Tensor, nn


class ChannelGate(nn.Sequential):
    """Multiplies its input ``(N, C, H, W)`` by the output of its parts, ``(N, C, 1, 1)``."""

    def forward(self, input: Tensor) -> Tensor:
        gate = input
        for part in self:
            gate = part(gate)
        return input * gate
