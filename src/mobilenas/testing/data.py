"""What every data set must do: three disjoint splits have all classes, and the seed alone decides the batches."""

from __future__ import annotations

from functools import cache

from mobilenas.data import DataSet, ImageData, TaskData
from mobilenas.task.targets import COLUMNS
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

SPLITS, BATCH = ("train", "search", "test"), 8


def examples() -> dict[str, Example]:
    """The data sets of ``conf/data``; one whose files are not here is named and skipped."""
    return {name: _example(name) for name in names("data")}


def its_splits_share_no_image(data: TaskData) -> None:
    expect(all(data.sizes.values()), f"{data.name} has a split without images.")
    splits = {name: set(_images_of(data, name)) for name in SPLITS}
    together = set.union(*splits.values())
    expect(len(together) == sum(map(len, splits.values())), f"{data.name}: an image is in two splits.")


def _images_of(data: TaskData, split: str) -> list[object]:
    """Returns what tells the images of a split apart."""
    if isinstance(data, ImageData):
        return list(data.splits[split].tolist())
    return list(data.marks([split]).tolist())


def every_split_has_every_class(data: TaskData) -> None:
    if not isinstance(data, ImageData):  # an image with boxes or a mask has several
        return
    for name in SPLITS:
        found = set(data.images.labels[data.splits[name]].tolist())
        expect(
            found == set(range(len(data.classes))), f"{data.name}: the split {name} has the classes {sorted(found)}."
        )


def a_batch_is_images_and_what_is_learned_of_them(data: TaskData) -> None:
    images, targets = next(iter(data.train_loader(BATCH, seed=0)))
    shape = (BATCH, 3, *data.size)
    expect(tuple(images.shape) == shape, f"{data.name}: a batch has the shape {tuple(images.shape)}, not {shape}.")
    boxes = (BATCH, targets[0].numel() // COLUMNS, COLUMNS)
    known = {"classes": (BATCH,), "boxes": boxes, "masks": (BATCH, *data.size)}
    wanted = known[data.learns]
    expect(tuple(targets.shape) == wanted, f"{data.name}: {data.learns} have the shape {tuple(targets.shape)}.")
    expect(bool(images.isfinite().all()), f"{data.name}: a batch has figures that are not finite.")


def batches_follow_from_the_seed(data: TaskData) -> None:
    first, again, other = (next(iter(data.train_loader(BATCH, seed))) for seed in (1, 1, 2))
    expect(bool((first[0] == again[0]).all()), f"{data.name}: the same seed gives another first batch.")
    expect(not bool((first[0] == other[0]).all()), f"{data.name}: another seed gives the same first batch.")


def evaluation_shows_all_images_in_order(data: TaskData) -> None:
    shown = [targets for _, targets in data.eval_loader("test", BATCH)]
    expect(sum(map(len, shown)) == data.sizes["test"], f"{data.name}: evaluation does not show all images.")
    if not isinstance(data, ImageData):
        return
    labels = [int(label) for batch in shown for label in batch]
    expect(labels == data.images.labels[data.splits["test"]].tolist(), f"{data.name}: the test split is out of order.")


def its_fingerprint_tells_data_apart(data: TaskData) -> None:
    fewer = data.with_train_images(0.5)
    expect(data.fingerprint != fewer.fingerprint, f"{data.name}: half the training images have the same fingerprint.")


CHECKS = (
    its_splits_share_no_image,
    every_split_has_every_class,
    a_batch_is_images_and_what_is_learned_of_them,
    batches_follow_from_the_seed,
    evaluation_shows_all_images_in_order,
    its_fingerprint_tells_data_apart,
)


def _example(name: str) -> Example:
    try:
        settings = settings_with(f"data={name}")
    except ValueError as error:  # a data set of one's own, whose folder is not said
        return Example(None, str(error))
    return _loaded(settings.data)


@cache
def _loaded(data: DataSet) -> Example:
    try:
        return Example(data.load())
    except ValueError as error:
        return Example(None, str(error))
