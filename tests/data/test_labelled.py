"""Images with the meaning of their labels."""

import numpy as np
import torch

from mobilenas.data.images import MemoryImages
from mobilenas.data.labelled import LabelledImages, seen_images
from mobilenas.data.marks import NO_MARKS, marks_of
from mobilenas.data.normalization import Normalization

NORMALIZATION = Normalization((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGES = MemoryImages(
    torch.arange(12, dtype=torch.uint8)[:, None, None, None].expand(12, 3, 2, 2).clone(),
    torch.tensor([0] * 8 + [1] * 4),
)


def test_a_part_has_all_classes_alike_and_the_others_are_the_rest() -> None:
    everyone = LabelledImages(IMAGES, torch.arange(12), ("a", "b"), NORMALIZATION)
    some, others = everyone.spread(6, seed=0)
    assert some.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert sorted([*some.positions.tolist(), *others.positions.tolist()]) == list(range(12))
    assert len(everyone.spread(50, seed=0)[1]) == 0


def test_images_that_have_trained_a_network_are_counted() -> None:
    marks = np.asarray(marks_of(IMAGES.contents([0, 3, 9])))
    part = LabelledImages(IMAGES, torch.tensor([3, 4, 9]), ("a", "b"), NORMALIZATION)
    assert seen_images(part, marks) == 2
    assert seen_images(part, NO_MARKS) == 0
