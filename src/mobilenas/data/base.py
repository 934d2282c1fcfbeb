"""The settings of a data set; ``load`` reads its images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING

from mobilenas.data.augment import Augment
from mobilenas.settings import Count, Positive, ProperShare, Seed, Several, Side, aside, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData


@settings
class DataSet(ABC):
    """The settings that all data sets have in common.

    Args:
        resolution: height and width in pixels to which the images are resized
        augment: the random changes of training images
        search_images: number or share of images for the split ``search``
        split_seed: seed of the splits and of the drawn classes; it is separate from the run's seed
        classes: number of classes that are drawn at random; all by default
        workers: number of processes that read images; 0 reads in this process
    """

    _: KW_ONLY
    resolution: Side
    augment: Augment
    search_images: Positive | ProperShare
    split_seed: Seed
    classes: Several | None = None
    workers: Count = aside(default=0)

    center_share = 1.0  # of the shorter side, which evaluation shows; a setting where images lie in files

    @abstractmethod
    def load(self) -> ImageData:
        """Returns the images with their labels and splits.

        Raises:
            ValueError: files are missing or damaged, or the images are too few for the splits
        """
