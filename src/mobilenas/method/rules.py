"""ProxylessNAS's rules that update architecture parameters: two paths, all paths, and REINFORCE."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, distributed, nn
from torch.nn.functional import cross_entropy

from mobilenas.hardware import ExpectedLatency
from mobilenas.method.architecture import ArchitectureParameters
from mobilenas.method.draw import Draw, keep_undrawn
from mobilenas.method.search_loss import SearchLoss
from mobilenas.objective import Loss, Reward
from mobilenas.supernet import Supernet


class UpdateRule(nn.Module, ABC):
    """A rule that updates the architecture parameters."""

    @abstractmethod
    def loss(self, supernet: Supernet, architecture: ArchitectureParameters, images: Tensor, labels: Tensor) -> Tensor:
        """Returns a scalar whose gradient is the gradient of the architecture parameters."""

    def settle(self, architecture: ArchitectureParameters, before: Sequence[Tensor]) -> None:
        """Corrects the optimizer's result; ``before`` are the architecture parameters before its step."""

    @property
    def figures(self) -> dict[str, float]:
        """What is logged after each epoch."""
        return {}


class BinaryPaths(UpdateRule):
    r"""The gradient through binary gates over the candidates that were drawn.

    .. math::
        \frac{\partial L}{\partial \alpha_i} \approx
        \sum_j \frac{\partial L}{\partial g_j} \, p_j (\delta_{ij} - p_i) \qquad \text{(Eq. 4)}

    The latency is the expectation over the same candidates.

    Args:
        draw: draws the candidates that compete, from a choice block's architecture parameters
        objective: the loss of cross entropy and latency
        latency: expected latency on the device
    """

    def __init__(self, draw: Callable[[Tensor], Draw], objective: Loss, latency: ExpectedLatency) -> None:
        super().__init__()
        self._draw, self.objective, self._latency = draw, SearchLoss(objective), latency
        self._draws: list[Draw] = []

    def loss(self, supernet: Supernet, architecture: ArchitectureParameters, images: Tensor, labels: Tensor) -> Tensor:
        self._draws = [self._draw(alpha) for alpha in architecture.alphas]
        logits = supernet(images, [one.gates for one in self._draws])
        expected_ms = self._latency([one.probabilities for one in self._draws], [one.options for one in self._draws])
        return self.objective.loss(cross_entropy(logits, labels), expected_ms)

    def settle(self, architecture: ArchitectureParameters, before: Sequence[Tensor]) -> None:
        for alpha, old, draw in zip(architecture.alphas, before, self._draws, strict=True):
            keep_undrawn(alpha, old, draw)
        self.objective.settle(self._latency.of(architecture.most_probable()))

    @property
    def figures(self) -> dict[str, float]:
        return self.objective.figures


class Reinforce(UpdateRule):
    r"""The score-function gradient of the expected reward minus a baseline that follows the reward.

    .. math::
        \nabla_\alpha J(\alpha) \approx
        \frac{1}{M} \sum_{i=1}^M \left(R(\mathcal{N}_{g^i}) - b\right) \nabla_\alpha \log p(g^i) \qquad \text{(Eq. 8)}

    Networks are scored in training mode, because the running statistics of shared weights fit no single network. The
    baseline of a step is made only of the rewards of earlier steps, so it adds no bias.

    Args:
        objective: the reward of accuracy and latency
        latency: the latency of an architecture on the device
        samples: :math:`M`, the number of networks in a step
        baseline_rate: share of the way that each step moves :math:`b` towards its mean reward
    """

    baseline: Tensor

    def __init__(self, objective: Reward, latency: ExpectedLatency, samples: int, baseline_rate: float) -> None:
        super().__init__()
        self._objective, self._latency = objective, latency
        self._samples, self._rate = samples, baseline_rate
        self.register_buffer("baseline", torch.zeros(()))

    def loss(self, supernet: Supernet, architecture: ArchitectureParameters, images: Tensor, labels: Tensor) -> Tensor:
        paths = [architecture.sample() for _ in range(self._samples)]
        with torch.no_grad():
            right = [(supernet(images, path).argmax(1) == labels).float().mean() for path in paths]
        top1 = _over_processes(torch.stack(right))  # the rewards and the baseline are those of the whole batch
        rewards = torch.stack(
            [
                torch.as_tensor(self._objective.reward(float(accuracy), self._latency.of(path)))
                for accuracy, path in zip(top1, paths, strict=True)
            ]
        ).to(self.baseline)
        advantages = rewards - self.baseline
        self.baseline.lerp_(rewards.mean(), self._rate)
        log_probabilities = torch.stack([architecture.log_probability(path) for path in paths])
        return -(advantages * log_probabilities).mean()


def _over_processes(means: Tensor) -> Tensor:
    """Returns the means over all processes of a training, which have equal shares of a batch."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return means
    distributed.all_reduce(means)
    return means / distributed.get_world_size()
