"""SSD's loss and boxes, beside a direct evaluation and beside torchvision's detector."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, smooth_l1_loss
from torchvision.ops import box_iou

from mobilenas.network import NetworkSpec, load_network
from mobilenas.network.backbone import without_classifier
from mobilenas.network.heads import SSDLite
from mobilenas.ops import Shape
from mobilenas.task.ssd import Boxes

OBJECTS = torch.tensor([[[8.0, 10, 60, 70, 1, 0], [70, 20, 120, 60, 0, 0], [0, 0, 0, 0, -1, 0]]])
CROWD = torch.tensor([[[8.0, 10, 60, 70, 1, 0], [70, 20, 120, 60, 0, 1], [0, 0, 0, 0, -1, 0]]])
NONE = torch.tensor([[[0.0, 0, 0, 0, -1, 0]]])


def detector() -> NetworkSpec:
    network = replace(load_network("mobilenet_v3_small"), input=Shape(3, 96, 128))
    return replace(without_classifier(network), head=SSDLite(2))


def outputs(boxes: Boxes) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    count = len(boxes.anchors)
    return torch.randn(1, count, 4, generator=generator), torch.randn(1, count, 3, generator=generator)


def encoded(object: Tensor, anchor: Tensor) -> Tensor:
    """SSD, Eq. 2, with the variances .1 and .2 of its public code."""
    middle, size = (object[:2] + object[2:]) / 2, object[2:] - object[:2]
    own_middle, own_size = (anchor[:2] + anchor[2:]) / 2, anchor[2:] - anchor[:2]
    return torch.cat([(middle - own_middle) / own_size / 0.1, (size / own_size).log() / 0.2])


def slow_loss(found: tuple[Tensor, Tensor], anchors: Tensor, objects: Tensor, without: Tensor) -> float:
    """The loss of one image, anchor after anchor; ``without`` names anchors that are no background."""
    (boxes,), (scores,) = found
    matched = {}
    shares = box_iou(objects[:, :4], anchors)
    for place in range(len(anchors)):
        if float(shares[:, place].max()) >= 0.5:
            matched[place] = int(shares[:, place].argmax())
    for number in range(len(objects)):
        matched[int(shares[number].argmax())] = number
    regression = sum(
        float(smooth_l1_loss(boxes[place], encoded(objects[number, :4], anchors[place]), reduction="sum"))
        for place, number in matched.items()
    )
    positive = sum(
        float(cross_entropy(scores[place], objects[number, 4].long() + 1)) for place, number in matched.items()
    )
    background = [
        float(cross_entropy(scores[place], torch.tensor(0)))
        for place in range(len(anchors))
        if place not in matched and not without[place]
    ]
    hardest = sorted(background, reverse=True)[: 3 * len(matched)]
    return (regression + positive + sum(hardest)) / len(matched)


def test_the_loss_is_that_of_a_direct_evaluation() -> None:
    boxes = Boxes(detector())
    found = outputs(boxes)
    expected = slow_loss(found, boxes.anchors, OBJECTS[0, :2], torch.zeros(len(boxes.anchors)))
    assert float(boxes.loss(found, OBJECTS)) == pytest.approx(expected, rel=1e-4)


def test_a_crowd_region_is_neither_an_object_nor_background() -> None:
    boxes = Boxes(detector())
    found = outputs(boxes)
    left, top, right, bottom = boxes.anchors.unbind(1)
    common = (right.clamp(max=120) - left.clamp(min=70)).clamp(min=0) * (
        bottom.clamp(max=60) - top.clamp(min=20)
    ).clamp(min=0)
    within = common >= 0.5 * (right - left) * (bottom - top)
    assert within.any()
    expected = slow_loss(found, boxes.anchors, CROWD[0, :1], within)
    assert float(boxes.loss(found, CROWD)) == pytest.approx(expected, rel=1e-4)


def test_an_image_without_objects_has_a_finite_loss_and_a_gradient() -> None:
    boxes = Boxes(detector())
    both = torch.cat([OBJECTS, torch.cat([NONE, NONE, NONE], 1)])
    regression, scores = (torch.cat([one, one]).requires_grad_() for one in outputs(boxes))
    boxes.loss((regression, scores), both).backward()
    assert scores.grad is not None and torch.isfinite(scores.grad).all()
    assert scores.grad[0].any() and not scores.grad[1].any()  # three examples for each of no objects


def test_outputs_that_say_the_objects_are_read_as_the_objects() -> None:
    boxes = Boxes(detector())
    count = len(boxes.anchors)
    regression, scores = torch.zeros(1, count, 4), torch.zeros(1, count, 3)
    scores[..., 0] = 20.0
    for object in OBJECTS[0, :2]:
        place = int(box_iou(object[None, :4], boxes.anchors).argmax())
        regression[0, place] = encoded(object[:4], boxes.anchors[place])
        scores[0, place, int(object[4]) + 1] = 40.0
    (found,) = boxes.found((regression, scores))
    assert sorted(found["labels"].tolist()) == [0, 1] and float(found["scores"].min()) > 0.99
    order = found["labels"].argsort(descending=True)
    torch.testing.assert_close(found["boxes"][order], OBJECTS[0, :2, :4], atol=1e-2, rtol=1e-4)
