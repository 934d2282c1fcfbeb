"""Initial weights and batch-norm settings, which belong to no single operation."""

from torch import nn

from mobilenas.ops.batch_norm import BatchNorm
from mobilenas.ops.modules.residual import InvertedResidual, PooledResidual


def initialize(module: nn.Module, norm: BatchNorm) -> None:
    """Set the batch norms and draw convolutions from He's normal (fan-out); linear layers keep torch's weights."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eps, part.momentum = norm.eps, norm.momentum
        elif isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out")
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def zero_init_residuals(module: nn.Module) -> None:
    """Start every residual block as the identity: the last batch norm's scale is zero."""
    for block in module.modules():
        if isinstance(block, InvertedResidual | PooledResidual):
            norms = [part for part in block.modules() if isinstance(part, nn.BatchNorm2d)]
            nn.init.zeros_(norms[-1].weight)
