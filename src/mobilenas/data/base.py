"""The settings of a data set; ``load`` reads its images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Literal

from mobilenas.data.augment import Augment
from mobilenas.network.published_weights import NormalizationName, six_numbers
from mobilenas.settings import Count, Positive, ProperShare, Seed, Several, Side, aside, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData
    from mobilenas.data.normalization import Normalization
    from mobilenas.data.task_data import TaskData


@settings
class DataSet(ABC):
    """The settings that all data sets have in common.

    Args:
        search_images: number or share of images for the split ``search``
        split_seed: seed of the splits and of what else is drawn; it is separate from the run's seed
        workers: number of processes that read images; 0 reads in this process
        normalization: mean and standard deviation of each channel: ``measured`` on the training images, ``imagenet``,
            ``inception`` (.5), or six numbers; null takes what given weights need, and otherwise measures
    """

    _: KW_ONLY
    search_images: Positive | ProperShare
    split_seed: Seed
    workers: Count = aside(default=0)
    normalization: Literal["measured"] | NormalizationName | tuple[float, ...] | None = aside(default=None)

    center_share = 1.0  # of the shorter side, which evaluation shows; a setting where images lie in files

    def __post_init__(self) -> None:
        if self.normalization not in (None, "measured"):
            six_numbers(f"{type(self).__name__}: normalization", self.normalization)

    @property
    def given_normalization(self) -> Normalization | None:
        """The normalization that the settings give, without a measurement."""
        from mobilenas.data.normalization import Normalization

        if self.normalization in (None, "measured"):
            return None
        return Normalization.of(six_numbers("normalization", self.normalization))

    @abstractmethod
    def load(self) -> TaskData:
        """Returns the images in their splits, and what is to be learned of them.

        Raises:
            ValueError: files are missing or damaged, or the images are too few for the splits
        """


@settings
class LabelledSet(DataSet):
    """The settings that all data sets of images with a class have in common.

    Args:
        resolution: height and width in pixels to which the images are resized
        augment: the random changes of training images
        classes: number of classes that are drawn at random; all by default
    """

    _: KW_ONLY
    resolution: Side
    augment: Augment
    classes: Several | None = None

    @abstractmethod
    def load(self) -> ImageData: ...
