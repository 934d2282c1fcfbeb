"""Two loaders in turns, stopped anywhere."""

from collections.abc import Callable

import pytest
import torch

from mobilenas.data import ImageData, Turns


def _turns(data: ImageData) -> Turns:
    return Turns(data.train_loader(10, 3), data.train_loader(5, 3, splits=("search",)))


def _epochs(turns: Turns, count: int, first: int = 0) -> list[list[torch.Tensor]]:
    batches = []
    for epoch in range(first, count):
        turns.set_epoch(epoch)
        batches.append([images for images, _ in turns])
    return batches


def test_an_epoch_is_all_of_the_first_and_then_all_of_the_second(noise: Callable[..., ImageData]) -> None:
    data = noise()
    (batches,) = _epochs(_turns(data), 1)
    assert _turns(data).lengths == (5, 4)
    assert [len(batch) for batch in batches] == [10] * 5 + [5] * 4 and len(_turns(data)) == 9
    first = [images for images, _ in data.train_loader(10, 3)]
    assert all(torch.equal(one, other) for one, other in zip(batches[:5], first, strict=True))


@pytest.mark.parametrize("stop", range(10))
def test_a_stopped_run_goes_on_with_the_batches_that_it_would_have_had(
    noise: Callable[..., ImageData], stop: int
) -> None:
    expected = _epochs(_turns(noise()), 3)
    turns = _turns(noise())
    _epochs(turns, 1)
    turns.set_epoch(1)
    rest = iter(turns)
    for _ in range(stop):
        next(rest)
    state = turns.state_dict()

    resumed = _turns(noise())
    resumed.load_state_dict(state)
    resumed.set_epoch(1)
    batches = [images for images, _ in resumed]
    assert len(batches) == 9 - stop
    assert all(torch.equal(one, other) for one, other in zip(batches, expected[1][stop:], strict=True))
    (following,) = _epochs(resumed, 3, first=2)
    assert all(torch.equal(one, other) for one, other in zip(following, expected[2], strict=True))


def test_a_state_at_the_end_of_an_epoch_begins_the_next_one(noise: Callable[..., ImageData]) -> None:
    expected = _epochs(_turns(noise()), 2)
    turns = _turns(noise())
    turns.set_epoch(0)
    rest = iter(turns)
    for _ in range(9):
        next(rest)
    resumed = _turns(noise())
    resumed.load_state_dict(turns.state_dict())
    (following,) = _epochs(resumed, 2, first=1)
    assert all(torch.equal(one, other) for one, other in zip(following, expected[1], strict=True))
