"""The handwritten digits that come with scikit-learn: 1797 images of 8 x 8 pixels, no download."""

import torch
from sklearn.datasets import load_digits

from mobilenas.data.augment import Augment
from mobilenas.data.image_data import ImageData
from mobilenas.data.images import MemoryImages
from mobilenas.data.resize import as_color
from mobilenas.data.split import split_off


def digits(
    resolution: int, augment: Augment, search_share: float, test_share: float, split_seed: int, workers: int
) -> ImageData:
    """scikit-learn's digits.

    Args:
        resolution: pixels to which the 8 x 8 are enlarged
        augment: what is done to training images
        search_share: share of all images for the search split
        test_share: share of all images for the test split
        split_seed: of the split, apart from the run's seed
        workers: processes that read training images
    """
    bunch = load_digits()
    gray = torch.from_numpy((bunch.images * (255 / 16)).round()).to(torch.uint8)  # 0..16 in the file
    labels = torch.from_numpy(bunch.target).long()
    classes = tuple(str(name) for name in bunch.target_names)
    splits = {"train": torch.arange(len(labels))}
    for name, share in (("test", test_share), ("search", search_share)):
        splits = split_off(splits, name, round(share * len(labels)), labels, classes, split_seed)
    images = MemoryImages(as_color(gray[:, None], resolution), labels)
    return ImageData("digits", classes, images, splits, augment, workers, "digits")
