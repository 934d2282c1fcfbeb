"""Stratified splits."""

import pytest
import torch

from mobilenas.data.split import hold_out, split_off

LABELS = torch.tensor([0] * 60 + [1] * 30 + [2] * 10)[torch.randperm(100, generator=torch.Generator().manual_seed(3))]
CLASSES = ("cat", "dog", "owl")


@pytest.mark.parametrize(("count", "quotas"), [(10, [6, 3, 1]), (20, [12, 6, 2]), (25, [15, 8, 2]), (50, [30, 15, 5])])
def test_each_class_gives_in_proportion(count: int, quotas: list[int]) -> None:
    _, held = hold_out(LABELS, count, CLASSES, seed=0)
    assert torch.bincount(LABELS[held]).tolist() == quotas


def test_every_position_is_on_one_side() -> None:
    kept, held = hold_out(LABELS, 20, CLASSES, seed=0)
    assert sorted(kept.tolist() + held.tolist()) == list(range(100))


def test_even_a_small_class_gives_one() -> None:
    _, held = hold_out(torch.tensor([0] * 97 + [1] * 3), 10, CLASSES[:2], seed=0)
    assert torch.bincount(torch.tensor([0] * 97 + [1] * 3)[held])[1] == 1


def test_another_seed_holds_out_others() -> None:
    draws = [hold_out(LABELS, 20, CLASSES, seed)[1].tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_global_generator_is_not_touched() -> None:
    before = torch.get_rng_state()
    hold_out(LABELS, 20, CLASSES, seed=0)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("count", [0, 100, -1])
def test_a_side_without_images_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"^{count} of 100 images cannot be held out"):
        hold_out(LABELS, count, CLASSES, seed=0)


def test_a_class_of_one_image_is_named() -> None:
    with pytest.raises(ValueError, match=r"^Class 'dog' has too few images \(1\)"):
        hold_out(torch.tensor([0] * 9 + [1]), 2, CLASSES[:2], seed=0)


def test_a_split_is_taken_out_of_train_alone() -> None:
    splits = {"train": torch.arange(50), "test": torch.arange(50, 100)}
    after = split_off(splits, "search", 10, LABELS, CLASSES, seed=0)
    assert torch.equal(after["test"], splits["test"])
    assert sorted(after["train"].tolist() + after["search"].tolist()) == list(range(50))
