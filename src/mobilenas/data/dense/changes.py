"""Changes an image and its boxes, or its mask, in the same way; draws only from torch's generator."""

from collections.abc import Callable, Iterator
from functools import partial

from PIL import Image
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from mobilenas.data.dense.augment import DenseAugment
from mobilenas.data.dense.boxes import LEAST, Objects
from mobilenas.data.dense.moves import CropToObjects, RandomScale, Reduce, Resized
from mobilenas.ops import Size
from mobilenas.task.targets import IGNORED

BoxChange = Callable[[Image.Image, Objects], tuple[Tensor, Objects]]
MaskChange = Callable[[Image.Image, Tensor], tuple[Tensor, Tensor]]


def box_changes(augment: DenseAugment, size: Size, fill: tuple[float, ...]) -> BoxChange:
    """Returns the random changes of images with boxes; boxes that are left without a pixel are lost.

    Args:
        augment: the settings
        size: height and width in pixels
        fill: the mean colour, with white as 1
    """
    moves = v2.Compose([*_box_moves(augment, size, _levels(fill)), *_last(augment)])
    return partial(_change_boxes, moves, least=LEAST)


def fixed_boxes(size: Size) -> BoxChange:
    """Returns the change for evaluation: the image is resized, and all boxes with it."""
    return partial(_change_boxes, v2.Compose([Resized(size)]), least=0.0)


def mask_changes(augment: DenseAugment, size: Size, fill: tuple[float, ...]) -> MaskChange:
    """Returns the random changes of images with masks.

    Args:
        augment: the settings
        size: height and width in pixels
        fill: the mean colour, with white as 1
    """
    beside = {tv_tensors.Image: _levels(fill), tv_tensors.Mask: IGNORED}
    scale = RandomScale(size, augment.min_scale, augment.max_scale)
    crop = v2.RandomCrop(size, pad_if_needed=True, fill=beside)
    return partial(_change_mask, v2.Compose([scale, crop, *_last(augment)]))


def fixed_mask(size: Size) -> MaskChange:
    """Returns the change for evaluation: image and mask are resized, the mask without interpolation."""
    return partial(_change_mask, v2.Compose([Resized(size)]))


def _box_moves(augment: DenseAugment, size: Size, levels: list[int]) -> Iterator[nn.Module]:
    yield Reduce(size)
    if augment.zoom_out > 1:
        yield v2.RandomZoomOut(levels, side_range=(1.0, augment.zoom_out))
    if augment.crop:
        yield CropToObjects()
    yield Resized(size)


def _last(augment: DenseAugment) -> Iterator[nn.Module]:
    """Yields the changes that are made at the final size, where they take the least time."""
    if augment.flip:
        yield v2.RandomHorizontalFlip()
    if augment.distort:
        yield v2.RandomPhotometricDistort()


def _levels(fill: tuple[float, ...]) -> list[int]:
    return [round(255 * value) for value in fill]


def _change_boxes(moves: nn.Module, image: Image.Image, objects: Objects, least: float) -> tuple[Tensor, Objects]:
    """Returns the changed image, bytes ``(3, H, W)``, and the objects whose boxes are not too small.

    Args:
        moves: the changes
        image: the image
        objects: its objects
        least: the least width and height of a box in pixels after the changes
    """
    canvas = (image.height, image.width)
    boxes = tv_tensors.BoundingBoxes(objects.xyxy, format="XYXY", canvas_size=canvas)
    changed, moved = moves(F.to_image(image), boxes)
    xyxy = F.clamp_bounding_boxes(moved).as_subclass(Tensor)
    sides = xyxy[:, 2:] - xyxy[:, :2]
    kept = (sides >= least).all(1)
    return changed.as_subclass(Tensor), Objects(xyxy, objects.labels, objects.crowd, objects.areas).kept(kept)


def _change_mask(moves: nn.Module, image: Image.Image, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the changed image, bytes ``(3, H, W)``, and the changed mask, bytes ``(H, W)``."""
    changed, moved = moves(F.to_image(image), tv_tensors.Mask(mask))
    return changed.as_subclass(Tensor), moved.as_subclass(Tensor)
