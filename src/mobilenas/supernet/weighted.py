"""The weighted sum of all candidates of a choice block (FBNet Sec. 3.3)."""

from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from mobilenas.supernet.mixed import Candidates, Mix


@dataclass(frozen=True)
class Weighted(Mix):
    r"""Sums the outputs of all candidates by a mask.

    .. math:: x_{l+1} = \sum_i m_{l,i} \cdot b_{l,i}(x_l) \qquad \text{(FBNet Eq. 5)}

    Args:
        mask: a weight for each candidate, ``(candidates,)``
    """

    mask: Tensor

    def mix(self, candidates: Candidates, input: Tensor) -> Tensor:
        terms = (weight * candidate(input) for weight, candidate in zip(self.mask, candidates, strict=True))
        total: Tensor = reduce(torch.add, terms)
        return total
