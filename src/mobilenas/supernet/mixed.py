"""A choice block of the supernet, and the ways in which its candidates make its output."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

Candidates = Sequence[nn.Module]
"""The candidate operations of one choice block."""


class Mix(ABC):
    """Makes the output of a choice block from its candidates."""

    @abstractmethod
    def mix(self, candidates: Candidates, input: Tensor) -> Tensor:
        """Returns the output of the block for the input ``(N, C, H, W)``."""


Selection = int | Mix
"""The work of a choice block: run the candidate of an index, or mix all candidates."""


class MixedOp(nn.ModuleList):
    """The candidates of one layer; a forward pass runs one of them, or mixes them."""

    def forward(self, input: Tensor, choice: Selection = 0) -> Tensor:
        if isinstance(choice, Mix):
            return choice.mix(list(self), input)
        output: Tensor = self[choice](input)
        return output

    def chosen(self, *options: int) -> nn.Module:
        """Returns only one candidate."""
        (option,) = options or (0,)
        return self[option]
