"""Finds the splits of a data set in COCO's format by the names of its files and folders."""

import re
from pathlib import Path

SPLITS = ("train", "val", "test")

Split = tuple[Path, Path]
"""A JSON file of annotations, and the folder of its images."""


def coco_splits(root: Path, needs_train: bool = True) -> dict[str, Split]:
    """Returns the annotations and the folder of images of each split.

    These are ``train.json`` and the folder ``train``, and perhaps the same of ``val`` and ``test``; or COCO's own
    ``annotations/instances_train2017.json`` and the folder ``train2017``, of any year.

    Args:
        root: the folder
        needs_train: whether the split train must be there; otherwise any is enough

    Raises:
        ValueError: the needed split is missing, or a split has only one of the two
    """
    found = _named_by_split(root) or _named_by_year(root)
    if not found or (needs_train and "train" not in found):
        raise ValueError(
            f"{root} has neither train.json with a folder train, nor annotations/instances_train2017.json with a folder"
            " train2017: call your files and folders like this."
        )
    for annotations, images in found.values():
        for path, is_there in ((annotations, annotations.is_file()), (images, images.is_dir())):
            if not is_there:
                both = f"{annotations.relative_to(root)} and the folder {images.relative_to(root)}"
                raise ValueError(f"{path} is missing in {root}: a split needs both {both}.")
    return found


def _named_by_split(root: Path) -> dict[str, Split]:
    pairs = {split: (root / f"{split}.json", root / split) for split in SPLITS}
    if not any(annotations.exists() for annotations, _ in pairs.values()):
        return {}
    return {split: pair for split, pair in pairs.items() if any(path.exists() for path in pair)}


def _named_by_year(root: Path) -> dict[str, Split]:
    found: dict[str, Split] = {}
    for path in sorted((root / "annotations").glob("instances_*.json")):
        parts = re.fullmatch(r"instances_((train|val|test)\d*)\.json", path.name)
        if parts is None:
            continue
        folder, split = parts.groups()
        if split in found:
            raise ValueError(f"{root} has both {found[split][0].name} and {path.name}: move one of them elsewhere.")
        found[split] = (path, root / folder)
    return found
