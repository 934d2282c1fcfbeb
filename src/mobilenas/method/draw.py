"""Draws candidates that compete in a step on binary gates (ProxylessNAS Sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mobilenas.supernet import BinaryGates


@dataclass(frozen=True)
class Draw:
    """The candidates of a choice block that compete in one step, and the active one among them.

    Args:
        options: the candidates
        probabilities: the probabilities among these candidates only, differentiable, ``(k,)``
        active: place of the active candidate
    """

    options: tuple[int, ...]
    probabilities: Tensor
    active: int

    @classmethod
    def among(cls, alpha: Tensor, options: Sequence[int]) -> Draw:
        """Lets these candidates compete; each is active with its probability among them."""
        p = alpha[list(options)].softmax(0)
        return cls(tuple(options), p, int(torch.multinomial(p.detach(), 1)))

    @classmethod
    def two(cls, alpha: Tensor) -> Draw:
        """Draws two candidates with their probabilities (Sec. 3.2.1)."""
        p = alpha.detach().softmax(0)
        return cls.among(alpha, torch.multinomial(p.clamp_min(torch.finfo(p.dtype).tiny), 2).tolist())

    @classmethod
    def all(cls, alpha: Tensor) -> Draw:
        """Lets all candidates compete (Appendix D)."""
        return cls.among(alpha, range(len(alpha)))

    @property
    def gates(self) -> BinaryGates:
        r"""0 and 1 forward, and :math:`\partial g_j / \partial \alpha_i \approx \partial p_j / \partial \alpha_i` back.

        This is BinaryConnect's estimate, which Eq. 4 uses.
        """
        on = torch.zeros_like(self.probabilities)
        on[self.active] = 1.0
        return BinaryGates(on + self.probabilities - self.probabilities.detach(), self.options, self.active)


@torch.no_grad()
def keep_undrawn(alpha: Tensor, before: Tensor, draw: Draw) -> None:
    """Gives, after a step, every undrawn candidate the probability that it had before (Sec. 3.2.1).

    The drawn candidates are shifted by one constant, so that together they keep their share of the probability.

    Args:
        alpha: architecture parameters of the block after the step; changed in place
        before: the same before the step
        draw: the draw of the step
    """
    drawn = list(draw.options)
    stepped = alpha[drawn]
    alpha.copy_(before)
    alpha[drawn] = stepped + (before[drawn].logsumexp(0) - stepped.logsumexp(0))
