"""The handwritten digits that come with scikit-learn: 1797 images of 8 x 8 pixels, no download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilenas.data.base import LabelledSet
from mobilenas.settings import ProperShare, settings

if TYPE_CHECKING:
    from mobilenas.data.image_data import ImageData


@settings
class Digits(LabelledSet):
    """scikit-learn's digits.

    Args:
        test_share: share of all images for the split ``test``; ``search_images`` refers to all images too
    """

    test_share: ProperShare

    def load(self) -> ImageData:
        import numpy as np
        import torch
        from sklearn.datasets import load_digits

        from mobilenas.data.image_data import ImageData
        from mobilenas.data.images import MemoryImages
        from mobilenas.data.resize import as_color
        from mobilenas.data.split import as_count, split_off
        from mobilenas.data.subset import draw_classes, keep_classes

        bunch = load_digits()
        gray = torch.from_numpy((bunch.images * (255 / 16)).round()).to(torch.uint8)  # 0..16 in the file
        everything = tuple(str(name) for name in bunch.target_names)
        names = draw_classes(everything, self.classes, self.split_seed)
        positions, labels = keep_classes(torch.from_numpy(bunch.target).long(), everything, names)
        splits = {"train": torch.arange(len(labels))}
        total = len(labels)
        for name, count in (("test", round(self.test_share * total)), ("search", as_count(self.search_images, total))):
            splits = split_off(splits, name, count, labels, names, self.split_seed)
        marked = np.array([f"digits {position}" for position in positions.tolist()])
        images = MemoryImages(as_color(gray[positions, None], self.resolution), labels, marked)
        given = self.given_normalization
        return ImageData("digits", names, images, splits, self.augment, self.workers, "digits", given=given)
