"""Image data sets with three disjoint splits: train, search and test."""

from mobilenas.data.augment import Augment
from mobilenas.data.image_data import ImageData
from mobilenas.data.image_folder import image_folder
from mobilenas.data.imagenet import imagenet
from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import Batch
from mobilenas.data.scikit_digits import digits
from mobilenas.data.torchvision_sets import torchvision_set
from mobilenas.data.turns import Turns

__all__ = [
    "Augment",
    "Batch",
    "EpochLoader",
    "ImageData",
    "Turns",
    "digits",
    "image_folder",
    "imagenet",
    "torchvision_set",
]
