"""The user's own images with boxes or masks, and the public data sets of segmentation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, MISSING
from typing import TYPE_CHECKING

from mobilenas.data.base import DataSet
from mobilenas.data.dense.augment import DenseAugment
from mobilenas.files.paths import path_of
from mobilenas.settings import Label, NonEmpty, ProperShare, Side, aside, settings

if TYPE_CHECKING:
    from pathlib import Path

    from mobilenas.data.dense.annotated_images import DenseListing
    from mobilenas.data.dense.dense_data import DenseData


@settings
class DenseSet(DataSet):
    """The settings that all data sets of images with boxes or masks have in common.

    The split ``search`` is the folder ``val`` if there is a folder ``test``. Otherwise ``val`` is the split ``test``,
    because public data sets keep the annotations of ``test`` to themselves, and ``search`` is taken out of ``train``.
    Without ``val``, both are taken out of ``train``.

    Args:
        resolution: height and width in pixels to which the images are resized, or one number for both
        augment: the random changes of training images
        test_share: share of all images for the split ``test``; ignored if there is a folder ``test`` or ``val``
        root: the folder
    """

    _: KW_ONLY
    resolution: Side | tuple[Side, Side]
    augment: DenseAugment
    test_share: ProperShare
    root: NonEmpty = aside(default=MISSING)

    @abstractmethod
    def listings(self, root: Path) -> Mapping[str, DenseListing]:
        """Returns the images of ``train``, and perhaps those of ``val`` and ``test``.

        Raises:
            ValueError: files are missing or damaged
        """

    def load(self) -> DenseData:
        from mobilenas.data.dense.dense_data import DenseData
        from mobilenas.data.dense.splits import in_splits

        root = path_of(self.root)
        found = self.listings(root)
        splits = in_splits(found, self.search_images, self.test_share, self.split_seed)
        size = (self.resolution, self.resolution) if isinstance(self.resolution, int) else self.resolution
        left_out: dict[str, int] = {}
        for listing in found.values():
            left_out |= {kind: left_out.get(kind, 0) + count for kind, count in listing.left_out.items()}
        name, given = root.resolve().name, self.given_normalization
        return DenseData(name, splits, size, self.augment, self.workers, given, left_out)


@settings
class Coco(DenseSet):
    """Images with boxes in COCO's format: ``train.json`` with the folder ``train``, or COCO's own names."""

    def listings(self, root: Path) -> Mapping[str, DenseListing]:
        from mobilenas.data.dense import coco_splits, read_coco

        return {split: read_coco(*files) for split, files in coco_splits(root).items()}


@settings
class MaskFolders(DenseSet):
    """Images with masks: PNG files whose pixels are labels, in ``images/train`` and ``masks/train``.

    Args:
        ignored: labels of pixels that are ignored
    """

    ignored: tuple[Label, ...] = (255,)

    def listings(self, root: Path) -> Mapping[str, DenseListing]:
        from mobilenas.data.dense import read_mask_folders

        return read_mask_folders(root, self.ignored)


@settings
class VocMasks(DenseSet):
    """PASCAL VOC's masks of 20 classes and the background, as torchvision reads them."""

    def listings(self, root: Path) -> Mapping[str, DenseListing]:
        from mobilenas.data.dense import read_voc

        return read_voc(root)


@settings
class Cityscapes(DenseSet):
    """Cityscapes' fine masks of 19 classes, as torchvision reads them."""

    def listings(self, root: Path) -> Mapping[str, DenseListing]:
        from mobilenas.data.dense import read_cityscapes

        return read_cityscapes(root)
