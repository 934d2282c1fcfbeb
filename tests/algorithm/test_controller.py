"""The controller is a distribution over the architectures of a space."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from mobilenas.algorithm.controller import Controller

OPTIONS = (3, 1, 2, 4)
EVERY = torch.tensor(list(product(*map(range, OPTIONS))))


@pytest.fixture
def controller() -> Controller:
    """In float64, with weights that are large enough for options to differ."""
    made = Controller(OPTIONS, 8, torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(15)
    return made


def joint(controller: Controller) -> Tensor:
    log_p: Tensor = controller(EVERY)
    return log_p.gather(2, EVERY[..., None])[..., 0].sum(dim=1).exp().detach()


def test_probabilities_of_all_architectures_sum_to_1(controller: Controller) -> None:
    assert joint(controller).sum().item() == pytest.approx(1.0, abs=1e-12)
    assert joint(controller).max() > 2 * joint(controller).min()


def test_architectures_are_drawn_as_often_as_probable(controller: Controller) -> None:
    count = 20_000
    drawn = controller.sample(count, torch.Generator().manual_seed(1))
    numbers = np.ravel_multi_index(tuple(drawn.T.numpy()), OPTIONS)
    shares = np.bincount(numbers, minlength=len(EVERY)) / count
    p = joint(controller).numpy()
    assert (np.abs(shares - p) < 5 * np.sqrt(p * (1 - p) / count)).all()  # 5 standard deviations


def test_an_option_depends_on_all_options_before_it_and_on_none_after_it(controller: Controller) -> None:
    first = torch.tensor([[0, 0, 0, 0]])
    for decision, changed in enumerate([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 3]]):
        differs = (controller(first) != controller(torch.tensor([changed])))[0].any(dim=1)
        assert differs.tolist() == [False, *([decision < 1] * 2), decision < 2]


def test_a_decision_has_no_more_than_its_own_options(controller: Controller) -> None:
    p = controller(EVERY).exp()
    for decision, count in enumerate(OPTIONS):
        assert (p[:, decision, :count] > 0).all()
        assert (p[:, decision, count:] == 0).all()


def test_initial_weights_are_nasnets_and_the_generators_alone() -> None:
    before = torch.get_rng_state()
    one, other = (Controller(OPTIONS, 100, torch.Generator().manual_seed(3)).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.get_rng_state(), before)
    weights = torch.cat([weight.flatten() for name, weight in one.items() if name != "fits"])
    assert weights.abs().max() <= 0.1
    assert weights.std().item() == pytest.approx(0.2 / 12**0.5, rel=0.02)  # of a uniform distribution
    assert one["lstm.weight_hh_l0"].shape == (400, 100)
