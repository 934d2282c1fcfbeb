"""Candidates of a choice block that see the same input, run as one where that changes nothing but the time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d

from mobilenas.ops.modules import InvertedResidual


@dataclass(frozen=True)
class ConvNorm:
    """A convolution without bias, its batch norm and what follows, neither of which is being trained.

    Args:
        conv: the convolution
        norm: normalizes by the batch, and keeps no statistics
        act: the activation, if there is one
    """

    conv: nn.Conv2d
    norm: nn.BatchNorm2d
    act: nn.Module | None

    @classmethod
    def of(cls, part: nn.Module) -> ConvNorm | None:
        """The modules of a part of a block; None where it has others, or they are being trained."""
        conv, norm, *act = part if isinstance(part, nn.Sequential) and len(part) in (2, 3) else (None, None)
        if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d) or conv.bias is not None:
            return None
        frozen = norm.training and not norm.track_running_stats
        if not frozen or any(weight.requires_grad for weight in part.parameters()):
            return None
        return cls(conv, norm, act[0] if act else None)

    @property
    def is_pointwise(self) -> bool:
        return self.conv.kernel_size == (1, 1) and self.conv.groups == 1

    @property
    def is_depthwise(self) -> bool:
        return 1 < self.conv.groups == self.conv.in_channels == self.conv.out_channels


@dataclass(frozen=True)
class Bottleneck:
    """The parts of an inverted residual block whose weights and statistics are frozen.

    Args:
        expand: by a 1x1 convolution
        depthwise: convolution
        between: what follows up to the projection, squeeze-and-excitation say
        project: by a 1x1 convolution, without activation
        residual: whether the input is added
    """

    expand: ConvNorm
    depthwise: ConvNorm
    between: tuple[nn.Module, ...]
    project: ConvNorm
    residual: bool

    @classmethod
    def of(cls, candidate: nn.Module) -> Bottleneck | None:
        """The parts of a candidate; None where it is another thing, or something in it is being trained."""
        if not isinstance(candidate, nn.Sequential) or len(candidate) < 3:
            return None
        expand, depthwise, project = (ConvNorm.of(candidate[place]) for place in (0, 1, -1))
        if not (expand and depthwise and project and project.act is None):
            return None
        if not (expand.is_pointwise and depthwise.is_depthwise and project.is_pointwise):
            return None
        between = tuple(candidate)[2:-1]
        return cls(expand, depthwise, between, project, isinstance(candidate, InvertedResidual))

    @property
    def kind(self) -> Hashable:
        """Blocks of one kind can run together."""
        conv = self.depthwise.conv
        return conv.kernel_size, conv.stride, conv.dilation, type(self.expand.act), type(self.depthwise.act)


def alike(candidates: Sequence[nn.Module]) -> list[dict[int, Bottleneck]]:
    """Groups of candidates that can run together, each block by its place among all candidates."""
    groups: dict[Hashable, dict[int, Bottleneck]] = {}
    for place, candidate in enumerate(candidates):
        if block := Bottleneck.of(candidate):
            groups.setdefault(block.kind, {})[place] = block
    return list(groups.values())


def weighted_sum(blocks: Sequence[Bottleneck], weights: Tensor, input: Tensor) -> Tensor:
    """The sum of the blocks' outputs, their inputs left out, each times its weight ``(blocks,)``.

    One convolution expands the input for all blocks, and one depthwise convolution sees all that comes of it. The
    weights are folded into the scales of the last batch norms, whose gradients then hold those of the weights.

    Args:
        blocks: of one kind
        weights: of their outputs
        input: of all of them, ``(N, C, H, W)``
    """
    wide = _as_one([block.expand for block in blocks], input)
    wide = _as_one([block.depthwise for block in blocks], wide)
    rows = wide.permute(0, 2, 3, 1)
    kernels = [block.project.conv.weight.flatten(1) for block in blocks]
    if any(block.between for block in blocks):
        hidden = [_between(*pair) for pair in zip(blocks, _split(rows, kernels), strict=True)]
        outputs = [part @ kernel.mT for part, kernel in zip(hidden, kernels, strict=True)]
    else:
        outputs = _Products.apply(rows, *kernels)
    norms = [block.project.norm for block in blocks]
    return reduce(torch.add, map(_scaled_norm, norms, weights, outputs))


class _Products(torch.autograd.Function):
    """Each kernel's product with its own share of the channels, whose gradients are written side by side."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, *kernels: Tensor) -> tuple[Tensor, ...]:
        ctx.save_for_backward(*kernels)
        return tuple(part @ kernel.mT for part, kernel in zip(_split(rows, kernels), kernels, strict=True))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        kernels = ctx.saved_tensors
        shape = grads[0].shape[:-1]
        rows = grads[0].new_empty(shape.numel(), sum(kernel.shape[1] for kernel in kernels))
        for part, grad, kernel in zip(_split(rows, kernels), grads, kernels, strict=True):
            torch.mm(grad.reshape(len(rows), -1), kernel.to(grad.dtype), out=part)
        return rows.view(*shape, -1), *(None for _ in kernels)


def _split(rows: Tensor, kernels: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of the channels, last, that each kernel projects."""
    return torch.split(rows, [kernel.shape[1] for kernel in kernels], -1)


def _as_one(parts: Sequence[ConvNorm], input: Tensor) -> Tensor:
    """The outputs of several convolutions with batch norm and activation, one after the other along the channels."""
    first = parts[0]
    kernels = torch.cat([part.conv.weight for part in parts])
    groups = len(kernels) if first.is_depthwise else 1
    output = conv2d(
        input,
        kernels,
        None,
        first.conv.stride,
        first.conv.padding,
        first.conv.dilation,
        groups,
    )
    scale, shift = (torch.cat(values) for values in zip(*((p.norm.weight, p.norm.bias) for p in parts), strict=True))
    output = _normalized(output, scale, shift, first.norm.eps)
    return first.act(output) if first.act else output


def _between(block: Bottleneck, hidden: Tensor) -> Tensor:
    """What follows the depthwise convolution, of and to ``(N, H, W, C)``."""
    hidden = hidden.permute(0, 3, 1, 2)
    for part in block.between:
        hidden = part(hidden)
    return hidden.permute(0, 2, 3, 1)


def _scaled_norm(norm: nn.BatchNorm2d, weight: Tensor, output: Tensor) -> Tensor:
    return _normalized(output.permute(0, 3, 1, 2), weight * norm.weight, weight * norm.bias, norm.eps)


def _normalized(output: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """By the statistics of the batch."""
    return batch_norm(output, None, None, scale, shift, training=True, eps=eps)
