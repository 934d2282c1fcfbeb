"""Reads all images of a listing with their annotations, before the first stage of a run."""

from concurrent.futures import ThreadPoolExecutor

from mobilenas.data.decode import available_cores
from mobilenas.data.dense.annotated_images import DenseListing
from mobilenas.progress import Progress

MANY = 500
"""The number of images from which on a progress bar is worth it."""


def check_readable(listing: DenseListing, split: str) -> None:
    """Raises UnreadableImageError for the first image that cannot be read, or that its annotations do not fit.

    Args:
        listing: the images
        split: names them in the progress
    """
    positions = range(len(listing.names))
    with ThreadPoolExecutor(available_cores()) as pool:  # Pillow decodes outside of Python's lock
        checked = pool.map(lambda position: listing.original(position) and None, positions)
        if len(positions) < MANY:
            for _ in checked:
                pass
            return
        with Progress(f"checking {split}", len(positions), "image") as progress:
            for _ in checked:
                progress.advance()
