"""The splits of data sets with boxes or masks: which images are searched and tested on."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import torch

from mobilenas.data.dense import CocoListing, Objects
from mobilenas.data.dense.splits import in_splits

SPLITS = ("train", "search", "test")


def listing(split: str, count: int) -> CocoListing:
    """Images whose only object has the number of its image as its label."""
    objects = [Objects(torch.zeros(1, 4), torch.tensor([number]), torch.zeros(1) > 0) for number in range(count)]
    names = tuple(f"{split}-{number}" for number in range(count))
    return CocoListing(Path(), names, ((1, 1),) * count, tuple(objects), ("a",), {})


def found(*splits: str, count: int = 20) -> dict[str, CocoListing]:
    return {split: listing(split, count) for split in splits}


def names(splits: Iterable[CocoListing]) -> list[str]:
    return [name for one in splits for name in one.names]


def test_val_is_searched_on_if_there_is_test_too() -> None:
    whole = found("train", "val", "test")
    splits = in_splits(whole, 0.2, 0.3, 0)
    assert splits == {"train": whole["train"], "search": whole["val"], "test": whole["test"]}


@pytest.mark.parametrize("last", ["val", "test"])
def test_one_folder_beside_train_is_tested_on_and_some_of_train_are_searched_on(last: str) -> None:
    whole = found("train", last)
    splits = in_splits(whole, 0.2, 0.3, 0)
    assert splits["test"] is whole[last]
    assert {split: len(one.names) for split, one in splits.items()} == {"train": 16, "search": 4, "test": 20}
    assert sorted(names([splits["train"], splits["search"]])) == sorted(whole["train"].names)


def test_train_alone_gives_all_three() -> None:
    splits = in_splits(found("train"), 0.2, 0.3, 0)
    assert {split: len(one.names) for split, one in splits.items()} == {"train": 10, "search": 4, "test": 6}
    assert sorted(names(splits.values())) == sorted(listing("train", 20).names)


@pytest.mark.parametrize("last", [(), ("test",)])
def test_a_whole_number_of_images_is_searched_on(last: tuple[str, ...]) -> None:
    assert len(in_splits(found("train", *last), 7, 0.3, 0)["search"].names) == 7


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("last", [(), ("val",), ("val", "test")])
def test_no_image_is_in_two_splits(last: tuple[str, ...], seed: int) -> None:
    splits = in_splits(found("train", *last), 0.2, 0.3, seed)
    assert set(splits) == set(SPLITS)
    assert len(set(names(splits.values()))) == len(names(splits.values())) == 20 * (1 + len(last))


def test_the_seed_alone_decides_what_is_taken_out() -> None:
    drawn = [[one.names for one in in_splits(found("train"), 0.2, 0.3, seed).values()] for seed in (0, 0, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2] != drawn[3] != drawn[0]


def test_an_image_takes_its_objects_along_and_the_order_of_the_files_stays() -> None:
    for split in in_splits(found("train"), 0.2, 0.3, 0).values():
        numbers = [int(name.removeprefix("train-")) for name in split.names]
        assert numbers == sorted(numbers) == [int(one.labels) for one in split.objects]


# Images, search_images, test_share, and what cannot be taken out.
@pytest.mark.parametrize(
    ("count", "search_images", "test_share", "wanted"),
    [
        (2, 0.2, 0.8, "0 for search and 2 for test"),
        (2, 0.9, 0.1, "2 for search and 0 for test"),
        (10, 5, 0.5, "5 for search and 5 for test"),
        (10, 10, 0.1, "10 for search and 1 for test"),
        (1, 0.2, 0.2, "0 for search and 0 for test"),
    ],
)
def test_too_few_images_are_refused_in_one_sentence(
    count: int, search_images: float, test_share: float, wanted: str
) -> None:
    sentence = (
        rf"^The {count} training images cannot give {wanted}: set another data\.search_images or data\.test_share, or"
        r" add images\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        in_splits(found("train", count=count), search_images, test_share, 0)


def test_only_what_is_taken_out_is_named_where_test_images_are_there() -> None:
    with pytest.raises(ValueError, match=r"^The 3 training images cannot give 3 for search: "):
        in_splits(found("train", "val", count=3), 3, 0.2, 0)
