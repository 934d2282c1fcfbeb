"""The anchors of detectors, beside those of torchvision."""

from dataclasses import replace

import pytest
import torch
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList

from mobilenas.network import NetworkSpec, load_network
from mobilenas.network.backbone import without_classifier
from mobilenas.network.heads import SSDLite
from mobilenas.ops import Shape
from mobilenas.task.anchors import anchors_of


def detector(height: int, width: int, anchors: tuple[int, ...]) -> NetworkSpec:
    network = replace(load_network("mobilenet_v3_small"), input=Shape(3, height, width))
    return replace(without_classifier(network), head=SSDLite(3, anchors=anchors))


@pytest.mark.parametrize(("height", "width"), [(320, 320), (192, 256)])
def test_six_anchors_on_each_map_are_torchvisions(height: int, width: int) -> None:
    network = detector(height, width, (6,) * 6)
    assert isinstance(network.head, SSDLite)
    grids = network.head.grids([tap.shape for tap in network.taps])
    generator = DefaultBoxGenerator([[2, 3] for _ in range(6)], min_ratio=0.2, max_ratio=0.95)
    images = ImageList(torch.zeros(1, 3, height, width), [(height, width)])
    (expected,) = generator(images, [torch.zeros(1, 1, *grid) for grid in grids])
    torch.testing.assert_close(anchors_of(network), expected, atol=1e-3, rtol=1e-5)


def test_three_anchors_are_a_small_square_and_two_boxes() -> None:
    """The first place of a map of 20 x 20 at 320 pixels: sides 32, and 64 times the root of 2 and of a half."""
    first = anchors_of(detector(320, 320, (3, 6, 6, 6, 6, 6)))[:3]
    sides = first[:, 2:] - first[:, :2]
    assert sides.flatten().tolist() == pytest.approx([32, 32, 90.51, 45.25, 45.25, 90.51], abs=0.01)
    assert ((first[:, 2:] + first[:, :2]) / 2).flatten().tolist() == pytest.approx([8.0] * 6)


def test_there_is_an_anchor_for_each_output() -> None:
    network = detector(160, 224, (3, 6, 4, 2, 6, 6))
    boxes, _ = network.build().eval()(torch.zeros(1, 3, 160, 224))
    assert len(anchors_of(network)) == boxes.shape[1]
