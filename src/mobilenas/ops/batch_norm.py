"""The settings that all batch norms of a network share."""

from dataclasses import dataclass

from mobilenas.settings.checks import check_factor


@dataclass(frozen=True)
class BatchNorm:
    """Settings of every batch norm of a network.

    Args:
        eps: epsilon, which is added to the variance
        momentum: the weight of a new batch in the running average
    """

    eps: float = 1e-5
    momentum: float = 0.1

    def __post_init__(self) -> None:
        check_factor("norm", eps=self.eps, momentum=self.momentum)
        if self.momentum > 1:
            raise ValueError(f"norm: momentum is a weight of at most 1, not {self.momentum}.")
