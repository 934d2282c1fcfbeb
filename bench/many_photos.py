"""Makes a folder of many photos from a few: random crops, which are turned, mirrored, and made lighter or darker.

``python -m bench.many_photos FOLDER PHOTOS... --count 100000 --side 224``: PHOTOS are folders with photos in a folder
for each class, at any depth. The same arguments make the same files, and a second call makes those that are missing.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from mobilenas.cores import available_cores

QUALITY = 85
SHARES = (0.35, 1.0)  # of a photo's area, which a crop keeps
BRIGHTNESS = (0.7, 1.3)
DEGREES = 15.0
GRAIN = 12  # of a camera, in levels of brightness: a file has 15 KB, as one of ImageNet's at 224 pixels
SPREAD = 0.15  # sides differ from the given one by this share at most


def varied(photo: Image.Image, side: int, random: np.random.Generator) -> Image.Image:
    """Return one variation of a photo, about ``side`` pixels high and wide."""
    share = random.uniform(*SHARES) ** 0.5
    width, height = (max(8, round(share * length)) for length in photo.size)
    left, top = int(random.integers(photo.width - width + 1)), int(random.integers(photo.height - height + 1))
    size = tuple(round(side * random.uniform(1 - SPREAD, 1 + SPREAD)) for _ in range(2))
    image = photo.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
    if random.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = image.rotate(random.uniform(-DEGREES, DEGREES), Image.Resampling.BILINEAR)
    bright = np.asarray(ImageEnhance.Brightness(image).enhance(random.uniform(*BRIGHTNESS)), np.int16)
    grain = random.integers(-GRAIN, GRAIN + 1, bright.shape[:2], np.int16)
    return Image.fromarray((bright + grain[..., None]).clip(0, 255).astype(np.uint8))


def vary(task: tuple[Path, Sequence[tuple[int, Path]]], side: int) -> int:
    """Write the variations of one photo that are not there yet, and return their number."""
    source, targets = task
    missing = [(number, path) for number, path in targets if not path.exists()]
    photo = Image.open(source).convert("RGB") if missing else None
    for number, path in missing:
        varied(photo, side, np.random.default_rng(number)).save(path, quality=QUALITY)
    return len(missing)


def photos_by_class(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Return the photos below some folders, by the name of the folder that each of them is in."""
    found = defaultdict[str, list[Path]](list)
    for path in sorted(path for folder in folders for path in folder.rglob("*.jpg")):
        found[path.parent.name].append(path)
    return dict(found)


def tasks(folder: Path, photos: dict[str, list[Path]], count: int) -> Iterator[tuple[Path, list[tuple[int, Path]]]]:
    """Yield each photo with the numbers and the paths of its variations; all photos have as many, or one fewer."""
    sources = [(name, path) for name, paths in sorted(photos.items()) for path in paths]
    for place, (name, path) in enumerate(sources):
        numbers = range(place, count, len(sources))
        yield path, [(number, folder / name / f"{number:07}.jpg") for number in numbers]


def write_photos(folder: Path, sources: Sequence[Path], count: int, side: int) -> int:
    """Write the photos that are missing, and return their number."""
    photos = photos_by_class(sources)
    for name in photos:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(available_cores()) as pool:
        return sum(pool.map(partial(vary, side=side), tasks(folder, photos, count), chunksize=16))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.many_photos", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=224, help="pixels")
    given, begun = parser.parse_args(), time.monotonic()
    made = write_photos(given.folder, given.photos, given.count, given.side)
    sys.stdout.write(f"{made:,} photos in {time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
