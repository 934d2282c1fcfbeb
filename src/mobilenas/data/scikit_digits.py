"""The handwritten digits that come with scikit-learn: 1797 images of 8 x 8 pixels, no download."""

import torch
from sklearn.datasets import load_digits

from mobilenas.data.augment import Augment
from mobilenas.data.image_data import ImageData
from mobilenas.data.images import MemoryImages
from mobilenas.data.resize import as_color
from mobilenas.data.split import as_count, split_off
from mobilenas.data.subset import draw_classes, keep_classes


def digits(
    resolution: int,
    augment: Augment,
    search_images: float,
    test_share: float,
    split_seed: int,
    workers: int,
    classes: int | None = None,
) -> ImageData:
    """scikit-learn's digits.

    Args:
        resolution: pixels to which the 8 x 8 are enlarged
        augment: what is done to training images
        search_images: for the search split, a number of images or, below 1, a share of all
        test_share: share of all images for the test split
        split_seed: of the split, apart from the run's seed
        workers: processes that read training images
        classes: so many are drawn at random; all by default
    """
    bunch = load_digits()
    gray = torch.from_numpy((bunch.images * (255 / 16)).round()).to(torch.uint8)  # 0..16 in the file
    everything = tuple(str(name) for name in bunch.target_names)
    names = draw_classes(everything, classes, split_seed)
    positions, labels = keep_classes(torch.from_numpy(bunch.target).long(), everything, names)
    splits = {"train": torch.arange(len(labels))}
    total = len(labels)
    for name, count in (("test", round(test_share * total)), ("search", as_count(search_images, total))):
        splits = split_off(splits, name, count, labels, names, split_seed)
    images = MemoryImages(as_color(gray[positions, None], resolution), labels)
    return ImageData("digits", names, images, splits, augment, workers, "digits")
