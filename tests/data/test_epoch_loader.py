"""Order and augmentation are functions of seed, epoch and position; a loader goes on where another stopped."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import distributed

from mobilenas.data import Augment, EpochLoader, ImageData

Make = Callable[..., ImageData]
Hashes = Callable[..., list[str]]


def loader_at(data: ImageData, epoch: int, seed: int = 0) -> EpochLoader:
    loader = data.train_loader(8, seed)
    loader.set_epoch(epoch)
    return loader


def test_every_image_is_shown_at_most_once_and_all_but_the_rest(noise: Make, hashes: Hashes) -> None:
    data = noise(Augment())
    seen = hashes(loader_at(data, 0))
    assert len(seen) == len(set(seen)) == 48  # 6 batches of 8 of the 50
    assert set(seen) < set(hashes(data.eval_loader("train", 50)))


def test_batches_are_full_and_as_many_as_it_says(noise: Make) -> None:
    loader = loader_at(noise(), 0)
    assert [len(labels) for _, labels in loader] == [8] * len(loader) == [8] * 6


def test_labels_belong_to_their_images(noise: Make, hashes: Hashes) -> None:
    data = noise(Augment())
    known = dict(zip(hashes(data.eval_loader("train", 50)), data.images.labels[:50].tolist(), strict=True))
    for images, labels in loader_at(data, 0):
        assert labels.tolist() == [known[name] for name in hashes([(images, labels)])]


def test_order_and_augmentation_are_those_of_the_epoch(noise: Make, hashes: Hashes) -> None:
    epochs = [hashes(loader_at(noise(), epoch)) for epoch in (0, 1, 1)]
    assert epochs[1] == epochs[2]
    assert len(set(epochs[0]) & set(epochs[1])) < 10  # an image has 50 changes: few are drawn again


def test_another_seed_is_another_order(noise: Make, hashes: Hashes) -> None:
    assert hashes(loader_at(noise(Augment()), 0, seed=0)) != hashes(loader_at(noise(Augment()), 0, seed=1))


def test_worker_processes_change_nothing(noise: Make, hashes: Hashes) -> None:
    assert hashes(loader_at(noise(workers=2), 1)) == hashes(loader_at(noise(workers=0), 1))


def test_augmentation_of_an_image_does_not_depend_on_its_batch(noise: Make, hashes: Hashes) -> None:
    small, large = noise().train_loader(5, seed=0), noise().train_loader(25, seed=0)
    assert hashes(small) == hashes(large)


def test_images_of_a_batch_are_changed_each_in_its_own_way(noise: Make, hashes: Hashes) -> None:
    data = noise()
    alike = replace(data.images, pixels=data.images.centered([0] * 80))
    assert len(set(hashes(loader_at(replace(data, images=alike), 0)))) > 20  # 50 changes, 48 draws


@pytest.mark.parametrize("workers", [0, 2])
def test_global_generator_is_neither_read_nor_moved(noise: Make, hashes: Hashes, workers: int) -> None:
    data = noise(workers=workers)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = hashes(loader_at(data, 0))
    for loader in (data.eval_loader("search", 8), data.calibration_batches(8, 8)):
        list(loader)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    assert first == hashes(loader_at(data, 0))


@pytest.mark.parametrize("workers", [(0, 0), (2, 2), (0, 2), (2, 0)])
@pytest.mark.parametrize("done", [0, 1, 4, 6])
def test_state_continues_in_another_loader(noise: Make, hashes: Hashes, done: int, workers: tuple[int, int]) -> None:
    whole = hashes(loader_at(noise(), 3))
    stopped, resumed = loader_at(noise(workers=workers[0]), 3), noise(workers=workers[1]).train_loader(8, seed=0)
    begun = hashes(itertools.islice(stopped, done))
    resumed.load_state_dict(stopped.state_dict())
    resumed.set_epoch(3)
    assert begun + hashes(resumed) == whole


def test_state_is_plain_numbers(noise: Make) -> None:
    assert all(type(value) is int for value in loader_at(noise(), 2).state_dict().values())


def test_an_epoch_after_a_resumed_one_is_whole(noise: Make, hashes: Hashes) -> None:
    resumed = noise().train_loader(8, seed=0)
    resumed.load_state_dict({"epoch": 3, "passes": 0, "batches": 4})
    list(resumed)
    resumed.set_epoch(4)
    assert hashes(resumed) == hashes(loader_at(noise(), 4))


def test_state_of_an_epoch_that_has_ended_leaves_the_next_whole(noise: Make, hashes: Hashes) -> None:
    resumed = noise().train_loader(8, seed=0)
    resumed.load_state_dict({"epoch": 3, "passes": 0, "batches": 6})
    resumed.set_epoch(4)
    assert hashes(resumed) == hashes(loader_at(noise(), 4))


def test_a_look_at_the_first_batch_changes_nothing(noise: Make, hashes: Hashes) -> None:
    loader = loader_at(noise(), 0)
    next(iter(loader))
    assert hashes(loader) == hashes(loader_at(noise(), 0))


def test_a_second_pass_in_an_epoch_has_its_own_order(noise: Make, hashes: Hashes) -> None:
    loader = loader_at(noise(), 0)
    passes = [hashes(loader), hashes(loader)]
    assert passes[0] != passes[1]
    other = noise().train_loader(8, seed=0)
    other.load_state_dict({"epoch": 0, "passes": 1, "batches": 2})
    assert hashes(other) == passes[1][16:]


def test_processes_that_train_together_share_each_batch_of_one_process(
    noise: Make, hashes: Hashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = hashes(loader_at(noise(), 0))
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 4)
    shares = []
    for rank in range(4):
        monkeypatch.setattr(distributed, "get_rank", lambda rank=rank: rank)
        shares.append(hashes(loader_at(noise(), 0)))
        assert len(shares[-1]) == 2 * len(loader_at(noise(), 0)) == len(alone) // 4
    together = [image for step in range(len(alone) // 8) for own in shares for image in own[2 * step : 2 * step + 2]]
    assert together == alone


def test_a_batch_that_processes_cannot_share_is_refused(noise: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 3)
    with pytest.raises(ValueError, match=r"^The 8 images of a batch cannot be divided among 3 processes.*example 9\.$"):
        next(iter(loader_at(noise(), 0)))
