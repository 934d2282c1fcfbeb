"""What a supernet's modules that hold candidates have in common."""

from typing import Protocol

from torch import nn


class Mixed(Protocol):
    """A module with all candidates of some decisions."""

    def chosen(self, *options: int) -> nn.Module:
        """The module with one candidate of each decision; its parts are this module's own."""
