"""The splits of a search, from those that a data set of boxes or masks has."""

from collections.abc import Mapping

import torch

from mobilenas.data.dense.annotated_images import DenseListing
from mobilenas.data.split import as_count


def in_splits(
    found: Mapping[str, DenseListing], search_images: float, test_share: float, seed: int
) -> dict[str, DenseListing]:
    """Returns the images of the splits ``train``, ``search`` and ``test``.

    Args:
        found: the images of ``train``, and perhaps of ``val`` and ``test``
        search_images: number of images for ``search``, or their share of ``train``, if it is taken out of ``train``
        test_share: share of the images for ``test``, if there is neither ``val`` nor ``test``
        seed: seed of what is taken out

    Raises:
        ValueError: no training image would be left
    """
    splits = {"train": found["train"]}
    if "val" in found and "test" in found:
        return splits | {"search": found["val"], "test": found["test"]}
    total = len(found["train"].names)
    wanted = {"search": as_count(search_images, total)}
    if ends := [name for name in ("test", "val") if name in found]:
        splits["test"] = found[ends[0]]
    else:
        wanted["test"] = round(test_share * total)
    return splits | _taken_out(found["train"], wanted, seed)


def _taken_out(listing: DenseListing, wanted: Mapping[str, int], seed: int) -> dict[str, DenseListing]:
    """Returns a random split of an image list: each wanted one, and the rest as ``train``."""
    total = len(listing.names)
    for name, count in wanted.items():
        if count < 1 or sum(wanted.values()) >= total:
            counts = " and ".join(f"{count} for {name}" for name, count in wanted.items())
            raise ValueError(
                f"The {total} training images cannot give {counts}: set another data.search_images or data.test_share,"
                " or add images."
            )
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
    taken, start = dict[str, DenseListing](), 0
    for name, count in wanted.items():
        taken[name] = listing.taken(order[start : start + count].sort().values.tolist())
        start += count
    return taken | {"train": listing.taken(order[start:].sort().values.tolist())}
