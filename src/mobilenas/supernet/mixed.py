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
        """Input ``(N, C, H, W)`` to the output of the block."""


Selection = int | Mix
"""What a choice block does: run the candidate of that index, or mix them."""


class MixedOp(nn.ModuleList):
    """The candidates of one layer; a forward pass runs the one that is named, or mixes them."""

    def forward(self, input: Tensor, choice: Selection = 0) -> Tensor:
        if isinstance(choice, Mix):
            return choice.mix(list(self), input)
        output: Tensor = self[choice](input)
        return output

    def chosen(self, *options: int) -> nn.Module:
        """One candidate alone."""
        (option,) = options or (0,)
        return self[option]
