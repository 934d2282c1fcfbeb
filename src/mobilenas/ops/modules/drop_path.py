"""Leaves out a residual branch at random (ProxylessNAS Sec. 4.1, from NASNet)."""

import torch
from torch import Tensor, nn


class DropPath(nn.Dropout):
    """In training, zeroes the whole branch ``(N, C, H, W)`` of an image with probability ``p``, and scales the rest."""

    def __init__(self, p: float = 0.0) -> None:
        super().__init__(p)

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return input
        kept = torch.rand(len(input), 1, 1, 1, device=input.device) >= self.p
        return input * kept / (1 - self.p)


def set_drop_path(network: nn.Module, p: float) -> None:
    """Set the probability of every residual branch that can be left out."""
    for part in network.modules():
        if isinstance(part, DropPath):
            part.p = p
