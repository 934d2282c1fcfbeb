"""Each suite finds the part that is wrong: of each mutant, exactly the check that is meant finds it."""

from dataclasses import fields
from typing import Any

import pytest

from mobilenas.algorithm.random_search import UniformSearch
from mobilenas.data import ImageData
from mobilenas.engine import OnnxRuntime
from mobilenas.executor import LocalExecutor
from mobilenas.method import Fair, Uniform
from mobilenas.objective import LatencyReward, ParetoObjective
from mobilenas.testing import ContractError, checks_of
from mobilenas.testing.composed import settings_with
from tests.contract.mutants.killers import killers
from tests.contract.mutants.scores import Guessing, Halving, Heedless, Lenient, SameOrder, Slow, Swallowing, Targetless
from tests.contract.mutants.searches import (
    AllTold,
    AlongTheFront,
    Backwards,
    Constant,
    LeastAccurate,
    Mutant,
    OneDominated,
    OneImage,
    OneMissing,
    Restless,
    Seconds,
    Stubborn,
    Undecided,
    Undeclared,
)
from tests.contract.mutants.spaces import (
    Deaf,
    ForgetsAtSize,
    IgnoresCandidates,
    IgnoresDropout,
    NamedAsMoGA,
    NoSpace,
    WithoutHead,
)
from tests.contract.mutants.spaces import Mutant as SpaceMutant
from tests.contract.mutants.supernets import Boastful, Idle, Seedless, Unhurried

SMALL: dict[str, Any] = {"stages": 3, "blocks": 1, "unstrided": 2, "dropout": 0.1}


@pytest.mark.parametrize(
    ("wrong", "killer"),
    [
        (SpaceMutant(**SMALL, kind=WithoutHead), "its_pieces_are_all_that_networks_consist_of"),
        (SpaceMutant(**SMALL, kind=Deaf), "every_decision_changes_the_network"),
        (ForgetsAtSize(**SMALL), "every_setting_changes_the_space"),
        (IgnoresCandidates(**SMALL), "every_setting_changes_the_space"),
        (IgnoresDropout(**SMALL), "every_setting_changes_the_space"),
        (NamedAsMoGA(**SMALL), "its_name_is_its_own"),
    ],
)
def test_a_wrong_space_is_found(wrong: SpaceMutant, killer: str) -> None:
    assert killers("search_space", SpaceMutant(**SMALL)) == []
    assert killers("search_space", wrong) == [killer]


def test_settings_that_make_no_space_are_told_so_by_every_check() -> None:
    for check in checks_of("search_space"):
        with pytest.raises(ContractError, match=r"^NoSpace: its method space must return a SearchSpace, not NetworkSp"):
            check(NoSpace())


def test_a_method_that_needs_the_latency_and_never_uses_it_is_found() -> None:
    right = settings_with("method=gumbel").method
    wrong = Unhurried(**{one.name: getattr(right, one.name) for one in fields(right)})
    assert killers("method", right) == []
    assert killers("method", wrong) == ["what_needs_the_latency_learns_from_it"]


@pytest.mark.parametrize(
    ("right", "wrong", "killer"),
    [
        (Uniform(), Idle(), "a_training_moves_every_kernel"),
        (Uniform(), Seedless(), "a_training_follows_from_its_seed"),
        (Fair(), Boastful(), "what_it_learns_are_probabilities"),
    ],
)
def test_a_wrong_method_is_found(right: Uniform | Fair, wrong: Uniform | Fair, killer: str) -> None:
    assert killers("method", right) == []
    assert killers("method", wrong) == [killer]


def test_a_right_engine_passes() -> None:
    assert killers("engine", OnnxRuntime(threads=1, batch=1)) == []


@pytest.mark.parametrize(
    ("engine", "killer"),
    [
        (Backwards, "a_time_is_above_0"),
        (Constant, "more_work_takes_longer"),
        (Constant, "more_images_take_longer"),
        (OneImage, "more_images_take_longer"),
        (Seconds, "its_times_are_milliseconds"),
    ],
)
def test_a_wrong_engine_is_found(engine: type[OnnxRuntime], killer: str) -> None:
    """By others too: a time that is always the same is also no millisecond."""
    assert killer in killers("engine", engine(threads=1, batch=1))


@pytest.mark.parametrize(
    ("kind", "killer"),
    [
        (AllTold, "its_front_is_what_no_other_one_beats"),
        (OneMissing, "its_front_is_what_no_other_one_beats"),
        (OneDominated, "its_front_is_what_no_other_one_beats"),
        (Restless, "told_the_same_it_asks_the_same"),
        (LeastAccurate, "what_it_chooses_are_its_best"),
        (Undecided, "what_it_chooses_are_its_best"),
        (AlongTheFront, "what_it_chooses_are_its_best"),
        (Stubborn, "failures_are_never_chosen"),
    ],
)
def test_a_wrong_search_is_found(kind: type[UniformSearch], killer: str) -> None:
    assert killers("algorithm", Mutant(samples=20, batch=6)) == []
    assert killers("algorithm", Mutant(samples=20, batch=6, kind=kind)) == [killer]


def test_an_algorithm_that_reads_what_it_does_not_declare_is_found_by_every_check() -> None:
    checks = checks_of("algorithm")
    assert killers("algorithm", Undeclared(samples=20, batch=6)) == [check.__name__ for check in checks]
    with pytest.raises(KeyError, match="'objective' is not given here: name it in the class's `needs`"):
        checks[0](Undeclared(samples=20, batch=6))


def test_a_wrong_objective_is_found() -> None:
    front, reward = {"maximize": {"accuracy": 0.5}, "minimize": {"latency_ms": 0.5}}, (80.0, -0.07, -0.07)
    assert killers("objective", ParetoObjective(**front)) == killers("objective", LatencyReward(*reward)) == []
    assert killers("objective", Lenient(**front)) == ["a_front_is_what_no_other_one_beats"]
    assert killers("objective", Slow(*reward)) == ["slower_is_not_better", "well_above_its_target_a_reward_falls"]
    assert killers("objective", Heedless(*reward)) == ["well_above_its_target_a_reward_falls"]
    assert killers("objective", Targetless()) == ["it_says_of_how_many_images_a_target_is"]
    assert killers("objective", LatencyReward(80.0, 0.0, 0.0)) == []
    with pytest.raises(ValueError, match=r"alpha must be a number, 0 or less, not 0\.07"):
        LatencyReward(80.0, 0.07, -0.07)  # which would reward the slower one: the part refuses it


@pytest.mark.parametrize(
    ("wrong", "killer"),
    [
        ({"in_context": False}, "the_context_follows_from_the_settings"),
        ({"alike": True}, "several_scores_are_those_of_each"),
        ({"steady": False}, "a_score_follows_from_the_architecture"),
        ({"steady": False}, "several_scores_are_those_of_each"),
    ],
)
def test_a_wrong_evaluator_is_found(wrong: dict[str, bool], killer: str) -> None:
    assert killers("evaluator", Guessing(batch_size=8)) == []
    found = killers("evaluator", Guessing(batch_size=8, **wrong))
    assert killer in found and len(found) == 1 + ("steady" in wrong)


@pytest.mark.parametrize(
    ("wrong", "killer"),
    [
        ({"in_context": False}, "the_context_tells_weights_and_images_apart"),
        ({"constant": True}, "a_score_counts_the_images_that_are_right"),
    ],
)
def test_a_wrong_evaluator_of_supernets_is_found(wrong: dict[str, bool], killer: str) -> None:
    assert killers("evaluator", Halving(batch_size=64, calibration_images=64)) == []
    assert killers("evaluator", Halving(batch_size=64, calibration_images=64, **wrong)) == [killer]


def test_a_wrong_executor_is_found() -> None:
    assert killers("executor", LocalExecutor()) == []
    assert killers("executor", Swallowing()) == ["an_error_of_the_evaluator_is_raised_as_it_is"]


def test_a_wrong_data_set_is_found() -> None:
    right = settings_with("data=digits").data.load()
    parts = {one.name: getattr(right, one.name) for one in fields(right)}
    assert killers("data", right) == []
    assert killers("data", SameOrder(**parts)) == ["batches_follow_from_the_seed"]
    overlapping = dict(right.splits) | {"test": right.splits["train"][:10]}
    with pytest.raises(ValueError, match="an image is in more than one of the splits"):
        ImageData(**parts | {"splits": overlapping})  # the part refuses it
