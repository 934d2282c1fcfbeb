"""Small photos of noise, for tests of what is made of them."""

from pathlib import Path

import numpy as np
from PIL import Image


def make_photos(root: Path, count: int) -> None:
    """Writes photos of 8 pixels into a folder for each of two classes.

    Args:
        root: the folder of the classes
        count: number of photos of each class
    """
    rng = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (root / label).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number}.png")
