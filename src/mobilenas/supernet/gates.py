"""Binary gates: one candidate of a choice block runs, and all gates get gradients (ProxylessNAS Sec. 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mobilenas.supernet.mixed import Candidates, Mix


@dataclass(frozen=True)
class BinaryGates(Mix):
    r"""Returns the output of the candidate whose gate is 1; the gates' gradients are those of a weighted sum.

    .. math::
        m^{Binary}(x) = \sum_i g_i \, o_i(x), \qquad
        \frac{\partial L}{\partial g_j} = \text{sum}(\nabla_y L \circ o_j(x)) \qquad \text{(Eqs. 3, 9)}

    Candidates whose gate is 0 run only in the backward pass, without a graph, when :math:`\nabla_y L` is known. None of
    their values is kept in memory (Appendix D).

    Args:
        gates: 1 for one candidate and 0 for the others, ``(k,)``
        options: the candidates of the gates, the active one included
        active: place of the candidate whose gate is 1
    """

    gates: Tensor
    options: Sequence[int]
    active: int

    def mix(self, candidates: Candidates, input: Tensor) -> Tensor:
        output = candidates[self.options[self.active]](input)
        gated: Tensor = _Gated.apply(self.gates, output, input, self, candidates)
        return gated


class _Gated(torch.autograd.Function):
    """The active candidate's output, with a gradient for every gate."""

    @staticmethod
    def forward(
        ctx: Any, gates: Tensor, output: Tensor, input: Tensor, binary: BinaryGates, candidates: Candidates
    ) -> Tensor:
        ctx.save_for_backward(output, input)
        ctx.dtype = gates.dtype
        ctx.binary, ctx.candidates, ctx.autocast = binary, candidates, _autocast(input.device.type)
        return output.view_as(output)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        output, input = ctx.saved_tensors
        with ctx.autocast:
            products = [
                (gradient * (output if place == ctx.binary.active else ctx.candidates[option](input))).sum(
                    dtype=ctx.dtype
                )
                for place, option in enumerate(ctx.binary.options)
            ]
        return torch.stack(products), gradient, None, None, None


def _autocast(device: str) -> torch.autocast:
    """Returns the mixed precision of the forward pass, because a backward pass does not inherit it."""
    return torch.autocast(device, torch.get_autocast_dtype(device), torch.is_autocast_enabled(device))
