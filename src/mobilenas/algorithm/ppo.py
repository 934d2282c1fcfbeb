"""MnasNet's search: an RNN controller that learns by Proximal Policy Optimization (Sec. 4.2)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mobilenas.algorithm.controller import Controller
from mobilenas.algorithm.rewarded import RewardedSearch
from mobilenas.evaluation import Architecture
from mobilenas.objective import Reward
from mobilenas.search_space import SearchSpace
from mobilenas.settings.checks import check_factor, check_positive, check_share


class PPO(RewardedSearch):
    r"""Asks for architectures that the controller draws, the same one more than once where it likes it.

    .. math:: J = \mathbb{E}_{P(a_{1:T}; \theta)}[R(m)] \qquad \text{(Eq. 5)}

    The paper gives the reward, the number of samples, and "the same RNN controller as NASNet" with PPO. Hidden units,
    learning rate, entropy and baseline are those of NASNet's appendix; clip is PPO's own. Batch and epochs are ours.
    The first batch's baseline is its mean reward.

    Told again what it was told, it is the same search: weights, optimizer, baseline and draws follow from the seed and
    the rewards alone, to the last bit on one kind of machine with one number of threads.

    Args:
        space: to search
        objective: :math:`R`; a failed evaluation is rewarded 0
        seed: of the initial weights and the draws
        samples: architectures to ask for in all; the search ends before where it has seen the whole space
        batch: architectures of one update
        hidden: units of the LSTM
        lr: Adam's learning rate
        clip: :math:`\epsilon`, how far a ratio may move from 1
        entropy: weight of the controller's entropy in the objective
        baseline_decay: of the moving average of rewards, for each reward
        epochs: steps over a batch

    Raises:
        ValueError: the objective is no reward, or a figure is out of range
    """

    def __init__(
        self,
        space: SearchSpace,
        objective: Reward,
        seed: int,
        samples: int = 8000,
        batch: int = 20,
        hidden: int = 100,
        lr: float = 0.00035,
        clip: float = 0.2,
        entropy: float = 1e-5,
        baseline_decay: float = 0.95,
        epochs: int = 10,
    ) -> None:
        super().__init__(space, objective, samples, batch)
        check_positive("PPO", hidden=hidden, epochs=epochs)
        check_factor("PPO", lr=lr, clip=clip)
        check_share("PPO", baseline_decay=baseline_decay)
        if not entropy >= 0:
            raise ValueError(f"PPO: entropy must be 0 or more, not {entropy}.")
        self._clip, self._entropy, self._baseline_decay, self._epochs = clip, entropy, baseline_decay, epochs
        self._generator = torch.Generator().manual_seed(seed)
        self._controller = Controller(space.options, hidden, self._generator)
        self._optimizer = torch.optim.Adam(self._controller.parameters(), lr)
        self._baseline: float | None = None

    def _draw(self, count: int) -> list[Architecture]:
        return [tuple(row) for row in self._controller.sample(count, self._generator).tolist()]

    def _learn(self, architectures: Sequence[Architecture], rewards: Sequence[float]) -> None:
        chosen = torch.tensor(architectures)
        advantages = torch.tensor(self._advantages(rewards))
        with torch.no_grad():
            before = self._controller(chosen)
        for _ in range(self._epochs):
            self._optimizer.zero_grad()
            log_p = self._controller(chosen)
            torch.autograd.backward(loss(log_p, before, chosen, advantages, self._clip, self._entropy))
            self._optimizer.step()

    def _advantages(self, rewards: Sequence[float]) -> list[float]:
        baseline = sum(rewards) / len(rewards) if self._baseline is None else self._baseline
        self._baseline = baseline
        for reward in rewards:
            self._baseline = self._baseline_decay * self._baseline + (1 - self._baseline_decay) * reward
        return [reward - baseline for reward in rewards]


def loss(log_p: Tensor, before: Tensor, chosen: Tensor, advantages: Tensor, clip: float, entropy: float) -> Tensor:
    r"""PPO's clipped surrogate with an entropy bonus, to be minimized.

    .. math::
        -\frac{1}{N} \sum_m \sum_t \min\left(r_t A_m,\, \text{clip}(r_t, 1 - \epsilon, 1 + \epsilon) A_m\right) + c H_t,
        \qquad r_t = \frac{P(a_t \mid a_{1:t-1}; \theta)}{P(a_t \mid a_{1:t-1}; \theta_{before})}

    Each decision is an action with its own ratio, as PPO is defined; all of an architecture's share its advantage. The
    ratio of whole architectures, a product, would leave the clip range the sooner the more decisions a space has.

    Args:
        log_p: of every option, ``(N, decisions, options)``
        before: the same when the architectures were drawn
        chosen: options of the architectures, ``(N, decisions)``
        advantages: rewards above the baseline, ``(N,)``
        clip: :math:`\epsilon`
        entropy: :math:`c`
    """
    ratio = (log_p - before).gather(2, chosen[..., None])[..., 0].exp()
    gain = advantages[:, None]
    surrogate = torch.minimum(ratio * gain, ratio.clamp(1 - clip, 1 + clip) * gain)
    bonus = -(log_p.exp() * log_p).sum(dim=2)
    return -(surrogate + entropy * bonus).sum(dim=1).mean()
