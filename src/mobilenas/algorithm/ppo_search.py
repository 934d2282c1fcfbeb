"""PPO's search: it draws from the controller, and improves the controller by the rewards (MnasNet Sec. 4.2)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mobilenas.algorithm.controller import Controller
from mobilenas.algorithm.ppo import PPO
from mobilenas.algorithm.rewarded import RewardedSearch
from mobilenas.evaluation import Architecture
from mobilenas.objective import Reward
from mobilenas.search_space import SearchSpace


class PPOSearch(RewardedSearch):
    r"""A controller that learns from the rewards of what it has drawn.

    If it is told the same evaluations again, it is the same search: weights, optimizer, baseline and draws follow from
    the seed and the rewards alone, to the last bit on one kind of machine with one number of threads.

    Args:
        settings: the settings of the controller and of its learning
        space: the space to search
        objective: :math:`R`; the reward of a failed evaluation is 0
        seed: the seed of the initial weights and the draws
    """

    def __init__(self, settings: PPO, space: SearchSpace, objective: Reward, seed: int) -> None:
        super().__init__(space, objective, settings.samples, settings.batch)
        self._settings = settings
        self._generator = torch.Generator().manual_seed(seed)
        self._controller = Controller(space.options, settings.hidden, self._generator)
        self._optimizer = torch.optim.Adam(self._controller.parameters(), settings.lr)
        self._baseline: float | None = None

    def _draw(self, count: int) -> list[Architecture]:
        return [tuple(row) for row in self._controller.sample(count, self._generator).tolist()]

    def _learn(self, architectures: Sequence[Architecture], rewards: Sequence[float]) -> None:
        chosen = torch.tensor(architectures)
        advantages = torch.tensor(self._advantages(rewards))
        with torch.no_grad():
            before = self._controller(chosen)
        for _ in range(self._settings.epochs):
            self._optimizer.zero_grad()
            log_p = self._controller(chosen)
            value = loss(log_p, before, chosen, advantages, self._settings.clip, self._settings.entropy)
            torch.autograd.backward(value)
            self._optimizer.step()

    def _advantages(self, rewards: Sequence[float]) -> list[float]:
        baseline = sum(rewards) / len(rewards) if self._baseline is None else self._baseline
        self._baseline, decay = baseline, self._settings.baseline_decay
        for reward in rewards:
            self._baseline = decay * self._baseline + (1 - decay) * reward
        return [reward - baseline for reward in rewards]


def loss(log_p: Tensor, before: Tensor, chosen: Tensor, advantages: Tensor, clip: float, entropy: float) -> Tensor:
    r"""Returns PPO's clipped surrogate with an entropy bonus, to be minimized.

    .. math::
        -\frac{1}{N} \sum_m \sum_t \min\left(r_t A_m,\, \text{clip}(r_t, 1 - \epsilon, 1 + \epsilon) A_m\right) + c H_t,
        \qquad r_t = \frac{P(a_t \mid a_{1:t-1}; \theta)}{P(a_t \mid a_{1:t-1}; \theta_{before})}

    Each decision is an action with its own ratio, as PPO is defined. All decisions of an architecture share its
    advantage. The ratio of a whole architecture is a product: with more decisions it would leave the clip range sooner.

    Args:
        log_p: log-probabilities of every option, ``(N, decisions, options)``
        before: the same at the time when the architectures were drawn
        chosen: the options of the architectures, ``(N, decisions)``
        advantages: rewards minus the baseline, ``(N,)``
        clip: :math:`\epsilon`
        entropy: :math:`c`
    """
    ratio = (log_p - before).gather(2, chosen[..., None])[..., 0].exp()
    gain = advantages[:, None]
    surrogate = torch.minimum(ratio * gain, ratio.clamp(1 - clip, 1 + clip) * gain)
    bonus = -(log_p.exp() * log_p).sum(dim=2)
    return -(surrogate + entropy * bonus).sum(dim=1).mean()
