"""Architecture parameters: a distribution over the candidates of each choice block."""

from collections.abc import Sequence
from itertools import accumulate
from math import isnan, nan

import torch
from torch import Tensor, nn

from mobilenas.evaluation import Architecture
from mobilenas.hardware import ExpectedLatency

LATENCIES = ("expected_latency_ms", "derived_latency_ms")
"""The latencies after an epoch, by name."""

DECIMALS = 4
"""The decimals of a probability in a record."""


class ArchitectureParameters(nn.Module):
    r"""One real number for each candidate.

    .. math:: p_i = \frac{\exp(\alpha_i)}{\sum_j \exp(\alpha_j)} \qquad \text{(ProxylessNAS Eq. 2)}

    Args:
        options: number of candidates of each choice block
        std: spread of the initial values around 0
    """

    def __init__(self, options: Sequence[int], std: float) -> None:
        super().__init__()
        self.alphas = nn.ParameterList(torch.randn(count) * std for count in options)

    def probabilities(self) -> list[Tensor]:
        """Returns the probabilities of each choice block's candidates, ``(candidates,)``."""
        return [alpha.softmax(0) for alpha in self.alphas]

    @torch.no_grad()
    def sample(self) -> Architecture:
        """Draws a random architecture."""
        return tuple(int(torch.multinomial(p, 1)) for p in self.probabilities())

    @torch.no_grad()
    def most_probable(self) -> Architecture:
        """Returns the candidate of highest probability in each choice block."""
        return tuple(int(alpha.argmax()) for alpha in self.alphas)

    def log_probability(self, architecture: Sequence[int]) -> Tensor:
        """Returns the log-probability of an architecture, a differentiable scalar."""
        chosen = zip(self.alphas, architecture, strict=True)
        return torch.stack([alpha.log_softmax(0)[option] for alpha, option in chosen]).sum()


class LatencyHistory(nn.Module):
    """Latency and probabilities after every epoch of a search; they are part of the module's state, as of a checkpoint.

    Args:
        latency: the latency of the space on the device
    """

    def __init__(self, latency: ExpectedLatency) -> None:
        super().__init__()
        self._latency = latency
        self._epochs: list[list[float]] = []  # two latencies, then the probabilities of all candidates

    @torch.no_grad()
    def record(self, architecture: ArchitectureParameters) -> dict[str, float]:
        """Adds an epoch, and returns its expected latency, and the latency of the most probable architecture."""
        probabilities = architecture.probabilities()
        expected_ms, derived_ms = float(self._latency(probabilities)), self._latency.of(architecture.most_probable())
        self._epochs.append([expected_ms, derived_ms, *torch.cat(probabilities).tolist()])
        return self.epochs[-1]

    @property
    def epochs(self) -> list[dict[str, float]]:
        """Returns milliseconds by name, with one entry for each epoch."""
        return [dict(zip(LATENCIES, one[: len(LATENCIES)], strict=True)) for one in self._epochs]

    def probabilities(self, options: Sequence[int]) -> list[list[list[float]]]:
        """Returns the probabilities of each choice block after each epoch, with four decimals.

        Epochs of a checkpoint of an older version, which did not keep them, are left out.

        Args:
            options: number of candidates of each choice block
        """
        known = [one[len(LATENCIES) :] for one in self._epochs if not isnan(one[-1])]
        ends = list(accumulate(options))
        return [
            [[round(p, DECIMALS) for p in one[end - count : end]] for count, end in zip(options, ends, strict=True)]
            for one in known
            if one
        ]

    def get_extra_state(self) -> Tensor:
        longest = max(map(len, self._epochs), default=0)
        return torch.tensor([one + [nan] * (longest - len(one)) for one in self._epochs], dtype=torch.float64)

    def set_extra_state(self, state: Tensor) -> None:
        self._epochs = state.tolist()
