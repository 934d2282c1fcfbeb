"""Knows by its name which split a folder is meant for, however it is spelled."""

import re
from types import MappingProxyType

MEANT = MappingProxyType(
    {
        "train": ("train", "training", "trn"),
        "val": ("val", "valid", "validation", "dev", "eval", "evaluation"),
        "test": ("test", "testing", "tst"),
    }
)
"""The folder of a split, and the words that people use for it."""

_BESIDE = ("set", "dataset", "data", "images", "image", "imgs", "img", "pictures", "photos", "split", "folder", "seg")
"""Words that stand beside or behind the split's own: ``train_images``, ``Training Set``, ``seg_test``, ``valset``."""


def split_meant(name: str) -> str | None:
    """Returns the split that a folder's name means, or None: ``train`` for ``Training Data`` and ``train2017``."""
    words = re.findall("[a-z]+", name.casefold())
    behind = re.compile(f"(?<=.)({'|'.join(_BESIDE)})$")
    own = {behind.sub("", word) for word in words if word not in _BESIDE}
    return next((split for split, meant in MEANT.items() if len(own) == 1 and own <= set(meant)), None)
