"""Learning rates against torch's own schedules, parameter groups, and errors."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, MultiStepLR, OneCycleLR, StepLR

from mobilenas.training.recipe import Recipe, parameter_groups

STEPS = 200

TORCH: list[tuple[str, dict[str, float], Callable[[SGD], LRScheduler]]] = [
    ("cosine", {}, lambda optimizer: CosineAnnealingLR(optimizer, STEPS)),
    ("exponential", {"decay": 0.97, "decay_epochs": 2.4}, lambda optimizer: StepLR(optimizer, 48, 0.97)),
    (
        "steps",
        {"decay": 0.1, "milestones": (0.25, 0.5, 0.75)},
        lambda optimizer: MultiStepLR(optimizer, [50, 100, 150], 0.1),
    ),
    (  # its rise ends at pct_start x total - 1, which is 60 of our 200 steps
        "one_cycle",
        {},
        lambda optimizer: OneCycleLR(
            optimizer, 0.1, STEPS + 1, pct_start=61 / 201, final_div_factor=1e9, cycle_momentum=False
        ),
    ),
]


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize(("schedule", "settings", "reference"), TORCH)
def test_the_rate_is_that_of_torchs_schedule(
    schedule: str, settings: dict[str, float], reference: Callable[[SGD], LRScheduler]
) -> None:
    recipe = Recipe(10, 1, 0.1, schedule=schedule, **settings)  # type: ignore[arg-type]
    optimizer = SGD([nn.Parameter(torch.zeros(1))], 0.1)
    scheduler = reference(optimizer)
    for step in range(STEPS):
        expected = optimizer.param_groups[0]["lr"]
        assert 0.1 * recipe.lr_factor(step / 20) == pytest.approx(expected, abs=1e-9), step
        scheduler.step()


def test_warm_up_is_linear_from_zero_and_the_schedule_begins_after_it() -> None:
    recipe = Recipe(25, 1, 0.1, warmup_epochs=5)
    assert [recipe.lr_factor(epoch) for epoch in (0, 2.5, 5, 15, 25)] == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_biases_and_batch_norms_do_not_decay() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Linear(4, 2))
    decayed, others = parameter_groups(network.parameters(), 0.1, 1.0)
    assert {id(weight) for weight in decayed["params"]} == {id(network[0].weight), id(network[2].weight)}
    assert decayed["weight_decay"] == 0.1
    assert others["weight_decay"] == 0.0
    assert len(others["params"]) == 4


def test_adamw_decays_weights_apart_from_the_gradient() -> None:
    """Loshchilov and Hutter, Algorithm 2, by hand."""
    weight, lr, decay, first = nn.Parameter(torch.tensor([2.0])), 0.1, 0.05, 0.8
    optimizer = Recipe(1, 1, lr, optimizer="adamw", momentum=first).make_optimizer(
        [{"params": [weight], "lr": lr, "weight_decay": decay}]
    )
    expected, mean, square = 2.0, 0.0, 0.0
    for step, gradient in enumerate((0.5, -3.0, 0.25), 1):
        weight.grad = torch.tensor([gradient])
        optimizer.step()
        mean, square = first * mean + (1 - first) * gradient, 0.999 * square + 0.001 * gradient**2
        unbiased = mean / (1 - first**step), square / (1 - 0.999**step)
        expected -= lr * decay * expected + lr * unbiased[0] / (unbiased[1] ** 0.5 + 1e-8)
        assert weight.item() == pytest.approx(expected)


def test_rmsprop_is_tensorflows() -> None:
    """Epsilon inside the root, squares that start at one, the rate inside the momentum."""
    weight = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    recipe = Recipe(1, 1, 0.1, optimizer="rmsprop", rmsprop_decay=0.9, rmsprop_eps=1e-3)
    optimizer = recipe.make_optimizer([{"params": [weight], "lr": 0.1, "weight_decay": 0.0}])
    value, square, velocity = weight.detach().clone(), torch.ones(2).double(), torch.zeros(2).double()
    for gradient in torch.tensor([[0.5, -1.0], [0.1, 2.0], [-0.3, 0.2]], dtype=torch.float64):
        weight.grad = gradient.clone()
        optimizer.step()
        square = 0.9 * square + 0.1 * gradient**2
        velocity = 0.9 * velocity + 0.1 * gradient / (square + 1e-3).sqrt()
        value = value - velocity
    torch.testing.assert_close(weight.detach(), value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"optimizer": "adam"}, "^Recipe: optimizer must be one of sgd, rmsprop, adamw, not 'adam'"),
        ({"schedule": "linear"}, "^Recipe: schedule must be one of cosine, .*, not 'linear'"),
        ({"epochs": -1}, "^Recipe: epochs must be a whole number, 0 or more, not -1"),
        ({"init": "scratch"}, "^Recipe: init must be one of auto, random, given, supernet, not 'scratch'"),
        ({"stage_lr": 0.0}, "^Recipe: stage_lr must be a number above 0 and at most 1, not 0.0"),
        ({"teacher": ""}, "^Recipe: teacher must be a non-empty text or null, not ''"),
        ({"teacher_weight": 1.5}, "^Recipe: teacher_weight must be a number from 0 to 1, not 1.5"),
        ({"momentum": 1.0}, "^Recipe: momentum must be a number from 0 to below 1, not 1.0"),
        ({"schedule": "steps", "milestones": (0.5, 1.0)}, r"^Recipe: milestones must be .* above 0 and below 1, not"),
        ({"schedule": "steps"}, "^schedule=steps needs milestones"),
        ({"optimizer": "rmsprop", "nesterov": True}, "^nesterov=true needs optimizer=sgd, not rmsprop"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Recipe(**({"epochs": 1, "batch_size": 1, "lr": 0.1} | settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(("steps", "epochs"), [(1, 200), (2, 100), (3, 67), (50, 4), (10**5, 4)])
def test_few_steps_in_an_epoch_have_as_many_epochs_as_the_least_steps_need(steps: int, epochs: int) -> None:
    assert Recipe(4, 32, 0.1, least_steps=200).lengthened(steps).epochs == epochs
    assert epochs * steps >= 200


def test_a_longer_recipe_has_the_same_learning_rates_at_the_same_shares() -> None:
    for schedule in ("cosine", "exponential", "one_cycle"):
        recipe = Recipe(4, 32, 0.1, schedule=schedule, warmup_epochs=1, decay_epochs=0.5, least_steps=200)
        longer = recipe.lengthened(1)
        assert [longer.lr_factor(50 * epoch) for epoch in (0.5, 1.25, 2.25, 3.75)] == pytest.approx(
            [recipe.lr_factor(epoch) for epoch in (0.5, 1.25, 2.25, 3.75)]
        )


def test_a_recipe_without_training_stays_one() -> None:
    recipe = Recipe(0, 32, 0.1, least_steps=200)
    assert recipe.lengthened(1) == recipe
    assert recipe.in_words() == "no training"


def test_the_head_of_a_longer_recipe_trains_alone_for_the_same_share() -> None:
    longer = Recipe(4, 32, 0.1, head_epochs=1, least_steps=200).lengthened(5)
    assert (longer.epochs, longer.head_epochs) == (40, 10)


def test_the_teacher_is_told() -> None:
    words = Recipe(4, 32, 0.1, teacher="timm:mobilenetv3_large_100", teacher_weight=0.25).in_words()
    assert words.endswith(", cosine, taught by timm:mobilenetv3_large_100 with weight 0.25")
