"""Architecture parameters: a distribution over the candidates of each choice block."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mobilenas.evaluation import Architecture
from mobilenas.hardware import ExpectedLatency


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
    """The latency after every epoch of a search; it is part of the module's state, so a checkpoint contains it.

    Args:
        latency: the latency of the space on the device
    """

    def __init__(self, latency: ExpectedLatency) -> None:
        super().__init__()
        self._latency = latency
        self._epochs: list[list[float]] = []

    @torch.no_grad()
    def record(self, architecture: ArchitectureParameters) -> dict[str, float]:
        """Adds and returns an epoch: the expected latency, and the latency of the most probable architecture."""
        expected_ms = float(self._latency(architecture.probabilities()))
        self._epochs.append([expected_ms, self._latency.of(architecture.most_probable())])
        return self.epochs[-1]

    @property
    def epochs(self) -> list[dict[str, float]]:
        """Returns milliseconds by name, with one entry for each epoch."""
        return [dict(zip(("expected_latency_ms", "derived_latency_ms"), one, strict=True)) for one in self._epochs]

    def get_extra_state(self) -> Tensor:
        return torch.tensor(self._epochs, dtype=torch.float64)

    def set_extra_state(self, state: Tensor) -> None:
        self._epochs = state.tolist()
