"""The modules of the non-linearities, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn


class _Clamped(torch.autograd.Function):
    """ReLU6 in place; its gradient is computed from the output, while PyTorch's own keeps a copy of the input."""

    @staticmethod
    def forward(ctx: Any, input: Tensor) -> Tensor:
        ctx.mark_dirty(input)
        output = input.clamp_(0, 6)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (output,) = ctx.saved_tensors
        grad: Tensor = torch.ops.aten.hardtanh_backward(*grads, output, 0, 6)
        return grad


class ReLU6(nn.ReLU6):
    """In place; in training it keeps its output for the backward pass, which the next convolution keeps as well."""

    def __init__(self) -> None:
        super().__init__(inplace=True)

    def forward(self, input: Tensor) -> Tensor:
        if torch.is_grad_enabled() and input.requires_grad:
            output: Tensor = _Clamped.apply(input)
            return output
        return super().forward(input)


# MobileNetV3 Sec. 5.2: h_swish(x) = x ReLU6(x + 3) / 6, hard_sigmoid(x) = ReLU6(x + 3) / 6.
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu": partial(nn.ReLU, inplace=True),
        "relu6": ReLU6,
        "h_swish": nn.Hardswish,
        "sigmoid": nn.Sigmoid,
        "hard_sigmoid": nn.Hardsigmoid,
        "none": nn.Identity,
    }
)
