"""PPO's loss against a computation by hand, and what the search does with it."""

from collections.abc import Callable
from math import inf, log
from statistics import median

import pytest
import torch
from torch import Tensor

from bench.controller import ALGORITHMS, trial
from mobilenas.algorithm import PPO, Search
from mobilenas.algorithm.controller import Controller
from mobilenas.algorithm.ppo_search import PPOSearch, loss
from mobilenas.evaluation import Evaluation
from mobilenas.objective import LatencyReward
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from tests.algorithm.searches import Evaluates, begin

Drive = Callable[[Search, Evaluates], list[Evaluation]]
Toy = Callable[[SearchSpace], Evaluates]

REWARD = LatencyReward(300.0, -0.07, -0.07)
CLIP, ENTROPY = 0.2, 0.3
# ratios of the options taken: below, inside and above the clip range, each with advantages of both signs
RATIOS = [[0.5, 1.1], [1.6, 0.95], [0.7, 1.05], [1.3, 0.9]]
ADVANTAGES = [0.4, 0.7, -0.6, -0.2]
CHOSEN = [[0, 2], [1, 0], [2, 1], [0, 0]]
BEFORE = [[0.3, 0.45, 0.25], [0.5, 0.2, 0.3]]


def now(sample: int, decision: int) -> list[float]:
    """Probabilities of a decision's options: the chosen one's is multiplied by its ratio in ``RATIOS``."""
    taken = CHOSEN[sample][decision]
    p = BEFORE[decision][taken] * RATIOS[sample][decision]
    weights = [0.0 if option == taken else 1.0 + option for option in range(3)]
    return [p if option == taken else (1 - p) * weights[option] / sum(weights) for option in range(3)]


def by_hand() -> tuple[float, Tensor]:
    """The loss and its gradient by the log-probabilities, one number at a time."""
    value, gradient = 0.0, torch.zeros(4, 2, 3, dtype=torch.float64)
    for sample, gain in enumerate(ADVANTAGES):
        for decision in range(2):
            ratio = RATIOS[sample][decision]
            clipped = min(max(ratio, 0.8), 1.2)
            value -= min(ratio * gain, clipped * gain) / 4
            if ratio * gain <= clipped * gain:  # else the constant is the smaller one
                gradient[sample, decision, CHOSEN[sample][decision]] -= ratio * gain / 4
            for option, p in enumerate(now(sample, decision)):
                value += ENTROPY * p * log(p) / 4
                gradient[sample, decision, option] += ENTROPY * p * (log(p) + 1) / 4
    return value, gradient


def test_the_loss_and_its_gradient_are_those_computed_by_hand() -> None:
    rows = [[now(sample, decision) for decision in range(2)] for sample in range(4)]
    log_p = torch.tensor(rows, dtype=torch.float64).log().requires_grad_()
    before = torch.tensor([BEFORE] * 4, dtype=torch.float64).log()
    advantages = torch.tensor(ADVANTAGES, dtype=torch.float64)
    found = loss(log_p, before, torch.tensor(CHOSEN), advantages, CLIP, ENTROPY)
    found.backward()
    value, gradient = by_hand()
    assert found.item() == pytest.approx(value, rel=1e-12)
    torch.testing.assert_close(log_p.grad, gradient, rtol=1e-12, atol=1e-14)


def test_an_option_that_was_moved_far_enough_has_no_gradient() -> None:
    log_p = torch.tensor([[[0.6, 0.4]], [[0.6, 0.4]]]).log().requires_grad_()
    before = torch.tensor([[[0.4, 0.6]], [[0.4, 0.6]]]).log()
    loss(log_p, before, torch.tensor([[0], [0]]), torch.tensor([1.0, -1.0]), 0.2, 0.0).backward()
    assert log_p.grad is not None
    assert log_p.grad[0].tolist() == [[0.0, 0.0]]  # better, and 1.5 times as probable as before
    assert log_p.grad[1, 0, 0].item() == pytest.approx(1.5 / 2)  # worse: it is moved back


def test_options_that_a_decision_lacks_have_no_gradient() -> None:
    controller = Controller((2, 3), 4, torch.Generator().manual_seed(0))
    chosen = torch.tensor([[1, 2]])
    log_p = controller(chosen)
    loss(log_p, log_p.detach(), chosen, torch.tensor([1.0]), 0.2, 0.1).backward()
    assert controller.bias.grad is not None
    assert controller.bias.grad[0, 2] == 0
    assert (controller.bias.grad[1] != 0).all()
    assert all(torch.isfinite(weight.grad).all() for weight in controller.parameters() if weight.grad is not None)


def test_the_baseline_is_a_moving_average_of_the_rewards_before_a_batch(space: LayerwiseSpace) -> None:
    search = PPOSearch(PPO(baseline_decay=0.5), space, REWARD, seed=0)
    assert search._advantages([0.25, 0.75]) == pytest.approx([-0.25, 0.25])  # the first batch's mean is .5
    assert search._advantages([0.0, 1.0]) == pytest.approx([-0.5625, 0.4375])  # .5 -> .375 -> .5625


@pytest.mark.slow
def test_it_comes_within_2_percent_of_the_highest_reward_where_random_search_takes_20_times_as_long() -> None:
    algorithm = PPO(samples=400)  # of 24 seeds the slowest takes 342; random search has 8000
    assert median(trial(algorithm, seed, share=0.98)[0] for seed in range(5)) <= 400
    assert all(trial(ALGORITHMS["random"], seed, share=0.98)[0] == inf for seed in range(5))


def test_what_it_draws_does_not_touch_the_global_random_numbers(
    space: LayerwiseSpace, separable: Toy, drive: Drive
) -> None:
    before = torch.get_rng_state()
    drive(begin(PPO(samples=60, hidden=8), space, REWARD), separable(space))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "PPO: hidden must be a whole number, 1 or more, not 0"),
        ({"epochs": 0}, "PPO: epochs must be a whole number, 1 or more, not 0"),
        ({"lr": 0.0}, "PPO: lr must be a number above 0, not 0.0"),
        ({"clip": -0.1}, "PPO: clip must be a number above 0, not -0.1"),
        ({"entropy": -1.0}, "PPO: entropy must be a number, 0 or more, not -1.0"),
        ({"baseline_decay": 1.0}, "PPO: baseline_decay must be a number from 0 to below 1, not 1.0"),
    ],
)
def test_a_wrong_setting_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PPO(**settings)  # type: ignore[arg-type]
