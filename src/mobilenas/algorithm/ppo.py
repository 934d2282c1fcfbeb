"""Settings of MnasNet's search: an RNN controller learns by Proximal Policy Optimization (Sec. 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.algorithm.base import OBJECTIVE, Algorithm, Search, as_reward
from mobilenas.settings import SEED, Factor, Given, NonNegative, Positive, Share, Units, settings

if TYPE_CHECKING:
    from mobilenas.search_space import SearchSpace


@settings
class PPO(Algorithm):
    r"""Asks for architectures that the controller draws; it may draw one architecture several times.

    .. math:: J = \mathbb{E}_{P(a_{1:T}; \theta)}[R(m)] \qquad \text{(Eq. 5)}

    The paper gives the reward, the number of samples, and "the same RNN controller as NASNet" with PPO. Hidden units,
    learning rate, entropy and baseline are those of NASNet's appendix. The clip is the PPO paper's. Batch and epochs
    are this project's choice. The baseline of the first batch is its mean reward.

    Args:
        samples: number of architectures to ask for; the search ends earlier if it has seen the whole space
        batch: number of architectures in one update
        hidden: units of the LSTM
        lr: Adam's learning rate
        clip: :math:`\epsilon`, the distance that a ratio may move from 1
        entropy: weight of the controller's entropy in the objective
        baseline_decay: decay of the moving average of rewards, for each reward
        epochs: steps over each batch
    """

    samples: Positive = 8000
    batch: Positive = 20
    hidden: Units = 100
    lr: Factor = 0.00035
    clip: Factor = 0.2
    entropy: NonNegative = 1e-5
    baseline_decay: Share = 0.95
    epochs: Positive = 10

    needs = (OBJECTIVE, SEED)

    def check(self, objective: object) -> None:
        as_reward(objective, "PPO")

    def search(self, space: SearchSpace, given: Given) -> Search:
        from mobilenas.algorithm.ppo_search import PPOSearch

        return PPOSearch(self, space, as_reward(given[OBJECTIVE], "PPO"), given[SEED])
