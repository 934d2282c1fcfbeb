"""The weighted sum of all candidates of a choice block (FBNet Sec. 3.3)."""

from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn

from mobilenas.supernet.mixed import Candidates, Mix
from mobilenas.supernet.together import alike, weighted_sum


@dataclass(frozen=True)
class Weighted(Mix):
    r"""The outputs of all candidates, summed by a mask.

    .. math:: x_{l+1} = \sum_i m_{l,i} \cdot b_{l,i}(x_l) \qquad \text{(FBNet Eq. 5)}

    While weights are frozen, inverted residuals of one kind run together: the same sum, sooner.

    Args:
        mask: a weight for each candidate, ``(candidates,)``
    """

    mask: Tensor

    def mix(self, candidates: Candidates, input: Tensor) -> Tensor:
        terms: list[Tensor] = []
        rest, straight = set(range(len(candidates))), []
        for group in alike(candidates):
            rest -= group.keys()
            straight += [place for place, block in group.items() if block.residual]
            terms.append(weighted_sum(list(group.values()), self.mask[list(group)], input))
        for place in sorted(rest):
            if isinstance(candidates[place], nn.Identity):
                straight.append(place)
            else:
                terms.append(self.mask[place] * candidates[place](input))
        if straight:
            terms.append(self.mask[straight].sum() * input)
        return reduce(torch.add, terms)
