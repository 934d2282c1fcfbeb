"""Trainings that begin with weights: what is frozen stays to the last bit, and what is kept is the best."""

from itertools import product
from pathlib import Path

import pytest
import torch

from mobilenas.training import Recipe, Retrain
from tests.training import tiny
from tests.training.power import Power

STEPS = 2  # in an epoch of batches of 512
BASE = {"batch_size": 512, "lr": 0.05, "epochs": 3, "weight_decay": 1e-3}


def _recipe(**more: object) -> Recipe:
    return Recipe(**(BASE | more))  # type: ignore[arg-type]


def test_a_training_begins_with_the_given_weights() -> None:
    start = tiny.begin()
    module = Retrain(tiny.SPEC, _recipe(), start)
    assert not tiny.different(start, module.network.state_dict())


def test_weights_of_another_network_are_refused_by_name() -> None:
    start = tiny.begin()
    start.pop("0.0.weight")
    with pytest.raises(ValueError, match=r"The beginning of .* holds the weights of another network: it has no 0"):
        Retrain(tiny.SPEC, _recipe(), start)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
@pytest.mark.parametrize(("head_epochs", "alone"), [(0.5, 1), (1, 2), (1.2, 3), (1.5, 3), (5, 6)])
def test_a_new_head_trains_alone_in_the_first_steps(
    head_epochs: float, alone: int, optimizer: str, tmp_path: Path
) -> None:
    start, states = tiny.begin(), tiny.States()
    recipe = _recipe(head_epochs=head_epochs, optimizer=optimizer, lr=0.01)
    tiny.fit(recipe, tmp_path, states, start=start, fresh=tiny.new())
    assert len(states.found) == 3 * STEPS
    for number, state in enumerate(states.found, 1):
        changed = tiny.different(start, state)
        if number <= alone:
            assert set(changed) == set(tiny.new()), number
        else:
            assert set(changed) >= tiny.kernels(state) | tiny.statistics(state), number


def test_without_a_new_head_everything_trains_at_once(tmp_path: Path) -> None:
    start, states = tiny.begin(), tiny.States()
    tiny.fit(_recipe(head_epochs=2), tmp_path, states, start=start)
    assert set(tiny.different(start, states.found[0])) >= tiny.kernels(start) | tiny.statistics(start)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_a_head_that_trains_alone_to_the_end_leaves_the_rest_as_it_was(ema_decay: float | None, tmp_path: Path) -> None:
    start = tiny.begin()
    recipe = _recipe(head_epochs=3, ema_decay=ema_decay)
    state = tiny.fit(recipe, tmp_path, start=start, fresh=tiny.new())
    assert set(tiny.different(start, state)) == set(tiny.new())


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_frozen_statistics_stay_while_scale_and_shift_learn(ema_decay: float | None, tmp_path: Path) -> None:
    start = tiny.begin()
    state = tiny.fit(_recipe(norm_statistics="frozen", ema_decay=ema_decay), tmp_path, start=start)
    changed = set(tiny.different(start, state))
    assert not changed & tiny.statistics(start)
    assert changed >= tiny.kernels(start)
    scales = {name.replace("running_mean", "weight") for name in tiny.statistics(start) if name.endswith("_mean")}
    assert changed & scales


def test_new_weights_have_no_statistics_to_freeze(tmp_path: Path) -> None:
    frozen = tiny.fit(_recipe(norm_statistics="frozen", stage_lr=0.5, head_epochs=1), tmp_path / "frozen")
    assert not tiny.different(frozen, tiny.fit(_recipe(), tmp_path / "moved"))


def test_no_epochs_keep_the_weights(tmp_path: Path) -> None:
    start = tiny.begin()
    assert not tiny.different(start, tiny.fit(_recipe(epochs=0), tmp_path, start=start))


@pytest.mark.parametrize(("scores", "best"), [((0.1, 0.9, 0.5), 2), ((0.4, 0.4, 0.4), 1), ((0.0, 0.1, 0.2), 3)])
def test_the_best_epoch_is_kept_and_of_equal_ones_the_first(
    scores: tuple[float, ...], best: int, tmp_path: Path
) -> None:
    given, states = iter(scores), tiny.States()
    state = tiny.fit(_recipe(), tmp_path, states, score=lambda _: next(given))
    assert not tiny.different(state, states.found[best * STEPS - 1])
    assert not tiny.different(state, tiny.fit(_recipe(), tmp_path, score=lambda _: 1.0))  # it is complete


def test_the_moving_average_is_what_is_scored_and_kept(tmp_path: Path) -> None:
    scored, given = [], iter((0.1, 0.9, 0.5))

    def score(state: dict[str, torch.Tensor]) -> float:
        scored.append({name.removeprefix("network."): one.clone() for name, one in state.items()})
        return next(given)

    recipe = _recipe(ema_decay=0.8)
    state = tiny.fit(recipe, tmp_path / "kept", score=score)  # type: ignore[arg-type]
    assert not tiny.different(state, scored[1])
    two, states = tiny.fit(recipe, tmp_path / "last"), tiny.States()
    assert not tiny.different(two, scored[2])  # without a score, the average of the last epoch
    tiny.fit(recipe, tmp_path / "states", states)
    assert tiny.different(state, states.found[2 * STEPS - 1])  # the weights themselves are others


SETTINGS = {
    "head": {"head_epochs": 1.5},
    "stages": {"stage_lr": 0.5},
    "frozen": {"norm_statistics": "frozen"},
    "teacher": {"teacher": "it", "teacher_temperature": 2.0},
    "best": {"keep_best": True},
    "best average": {"keep_best": True, "ema_decay": 0.8, "head_epochs": 0.5},
}


def _score(state: dict[str, torch.Tensor]) -> float:
    """A number of the weights whose best epoch is neither the first nor the last for this seed of steps."""
    return float(sum(one.double().sum() for one in state.values()) * 1e3 % 1)


def _whole(name: str, folder: Path, *callbacks: object, minutes: float) -> dict[str, torch.Tensor]:
    recipe = _recipe(optimizer="rmsprop", lr=0.01, **SETTINGS[name])
    return tiny.fit(
        recipe, folder, *callbacks, start=tiny.begin(), fresh=tiny.new(), minutes=minutes,  # type: ignore[arg-type]
        taught_by=tiny.teacher() if recipe.teacher else None, score=_score if recipe.keep_best else None,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_stopped_fine_tuning_ends_in_the_weights_of_the_undisturbed_one(name: str, tmp_path: Path) -> None:
    undisturbed = _whole(name, tmp_path / "undisturbed", minutes=60.0)
    for steps, minutes in ((1, 1e-9), (3, 60.0), (4, 1e-9), (5, 60.0), (6, 1e-9)):
        folder = tmp_path / f"{steps}"
        with pytest.raises(RuntimeError, match="power cut"):
            _whole(name, folder, Power(steps), minutes=minutes)
        assert not tiny.different(undisturbed, _whole(name, folder, minutes=minutes)), (steps, minutes)


def test_the_kept_epoch_of_a_stopped_training_may_be_one_before_the_stop(tmp_path: Path) -> None:
    states, first = tiny.States(), [0.9]
    with pytest.raises(RuntimeError, match="power cut"):
        tiny.fit(_recipe(), tmp_path, states, Power(3), score=lambda _: first.pop(0))
    rest = [0.5, 0.5]
    state = tiny.fit(_recipe(), tmp_path, score=lambda _: rest.pop(0))
    assert not rest
    assert not tiny.different(state, states.found[STEPS - 1])


@pytest.mark.parametrize(
    ("head", "frozen", "taught", "best", "average"), list(product((False, True), repeat=5)), ids=str
)
@pytest.mark.parametrize("begins", [False, True])
def test_all_settings_together(
    begins: bool, head: bool, frozen: bool, taught: bool, best: bool, average: bool, tmp_path: Path
) -> None:
    recipe = _recipe(
        epochs=2, head_epochs=0.5 * head, norm_statistics="frozen" if frozen else "moved", stage_lr=0.5,
        teacher="it" if taught else None, keep_best=best, ema_decay=0.5 if average else None,
    )  # fmt: skip
    start, states = tiny.begin(), tiny.States()
    state = tiny.fit(
        recipe, tmp_path, states, start=start if begins else None, fresh=tiny.new() if begins else (),
        taught_by=tiny.teacher() if taught else None, score=(lambda _: 0.5) if best else None,
    )  # fmt: skip
    assert all(bool(one.isfinite().all()) for one in state.values())
    statistics = tiny.statistics(start)
    changed, first = set(tiny.different(start, state)), set(tiny.different(start, states.found[0]))
    if begins and head:
        assert first == set(tiny.new())
    else:
        assert first >= tiny.kernels(start)
    assert changed >= tiny.kernels(start)
    counts = {name for name in start if name.endswith("num_batches_tracked")}  # whole numbers, also in an average
    assert changed & statistics - counts == (set() if begins and frozen else statistics - counts)
    if not average:
        kept = states.found[STEPS - 1] if best else states.found[-1]  # of equal scores the first
        assert not tiny.different(kept, state)
