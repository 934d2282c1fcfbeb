"""Architecture parameters: a distribution over the candidates of each choice block."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mobilenas.search_space import Architecture


class ArchitectureParameters(nn.Module):
    r"""One real number a candidate.

    .. math:: p_i = \frac{\exp(\alpha_i)}{\sum_j \exp(\alpha_j)} \qquad \text{(ProxylessNAS Eq. 2)}

    Args:
        options: number of candidates of each choice block
        std: spread of the initial values around 0
    """

    def __init__(self, options: Sequence[int], std: float) -> None:
        super().__init__()
        self.alphas = nn.ParameterList(torch.randn(count) * std for count in options)

    def probabilities(self) -> list[Tensor]:
        """Of each choice block's candidates, ``(candidates,)``."""
        return [alpha.softmax(0) for alpha in self.alphas]

    @torch.no_grad()
    def sample(self) -> Architecture:
        """A random architecture."""
        return tuple(int(torch.multinomial(p, 1)) for p in self.probabilities())

    @torch.no_grad()
    def most_probable(self) -> Architecture:
        """The candidate of highest probability in each choice block."""
        return tuple(int(alpha.argmax()) for alpha in self.alphas)

    def log_probability(self, architecture: Sequence[int]) -> Tensor:
        """Of an architecture, a scalar; differentiable."""
        chosen = zip(self.alphas, architecture, strict=True)
        return torch.stack([alpha.log_softmax(0)[option] for alpha, option in chosen]).sum()
