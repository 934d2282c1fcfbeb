"""The score of one image, beside a slow direct computation, and which predictions are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mobilenas.network import NetworkSpec, load_network
from mobilenas.ops import Shape
from mobilenas.task import Detection, Segmentation
from mobilenas.task.learner import learner_of
from mobilenas.task.learners import BoxLearner, PixelLearner
from mobilenas.task.pictures import colours, with_mask
from mobilenas.task.predictions import predictions, worst_and_others
from mobilenas.training.fault import DivergedError

CPU = torch.device("cpu")
Row = tuple[float, float, float, float, int, float]
"""A predicted box: left, top, right, bottom, label and score; or an object, whose last number marks a crowd region."""


@cache
def detector() -> BoxLearner:
    """A detector of two classes for images of 96 x 128 pixels."""
    learner = learner_of(spec_of(Detection(), 96, 128, 2))
    assert isinstance(learner, BoxLearner)
    return learner


def spec_of(task: Detection | Segmentation, height: int, width: int, classes: int) -> NetworkSpec:
    return task.network(replace(load_network("mobilenet_v3_small"), input=Shape(3, height, width)), classes)


def saying(rows: Sequence[Row]) -> list[Tensor]:
    """The outputs of a detector that says these boxes, each at a place of its own.

    Eq. 2 of SSD, with the variances .1 and .2, moves an anchor to a box; the softmax of the logits gives its score.
    """
    anchors = detector().boxes.anchors
    boxes, logits = torch.zeros(1, len(anchors), 4), torch.full((1, len(anchors), 3), -30.0)
    logits[..., 0] = 30.0
    for place, (*corners, label, score) in zip(range(0, 20 * len(rows), 20), rows, strict=True):
        box, anchor = torch.tensor(corners), anchors[place]
        middle, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        own_middle, own_size = (anchor[:2] + anchor[2:]) / 2, anchor[2:] - anchor[:2]
        boxes[0, place] = torch.cat([(middle - own_middle) / own_size / 0.1, (size / own_size).log() / 0.2])
        logits[0, place] = torch.tensor([0.0, -30, -30])
        logits[0, place, label + 1] = float(np.log(score / (1 - score)))
    return [boxes, logits]


def objects_of(rows: Sequence[Row]) -> Tensor:
    """Objects between the row of the image's size and a row that fills up."""
    return torch.tensor([(640.0, 480, 0, 0, -2, 0), *rows, (0, 0, 0, 0, -1, 0)])


def common(one: Sequence[float], other: Sequence[float]) -> float:
    width, height = (min(one[end], other[end]) - max(one[end - 2], other[end - 2]) for end in (2, 3))
    return max(0.0, width) * max(0.0, height)


def area(one: Sequence[float]) -> float:
    return (one[2] - one[0]) * (one[3] - one[1])


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    return common(one, other) / (area(one) + area(other) - common(one, other))


def slow_score(rows: Sequence[Row], objects: Sequence[Row]) -> float:
    """Box after box, the likeliest first, takes the object of its class that it overlaps most and that is free."""
    free, right, wrong = [one for one in objects if not one[5]], 0, 0
    for row in sorted((row for row in rows if row[5] >= 0.5), key=lambda row: -row[5]):
        fitting = [one for one in free if one[4] == row[4] and overlap(row, one) >= 0.5]
        if fitting:
            free.remove(max(fitting, key=lambda one: overlap(row, one)))
            right += 1
        elif not any(one[5] and one[4] == row[4] and common(row, one) >= 0.5 * area(row) for one in objects):
            wrong += 1
    count = right + len(free) + wrong
    return right / count if count else 1.0


A, B, CROWD = (0.0, 0.0, 40.0, 40.0, 0, 0.0), (60.0, 50.0, 100.0, 90.0, 1, 0.0), (50.0, 0.0, 120.0, 45.0, 0, 1.0)


# Predicted boxes, objects, and the share of right ones that one counts by hand.
@pytest.mark.parametrize(
    ("rows", "objects", "expected"),
    [
        ([(0, 0, 40, 40, 0, 0.9), (60, 50, 100, 90, 1, 0.8)], [A, B], 1.0),
        ([(0, 0, 40, 40, 0, 0.9)], [A, B], 1 / 2),
        ([(0, 0, 40, 40, 0, 0.9), (5, 60, 30, 90, 0, 0.7)], [A, B], 1 / 3),
        ([(0, 0, 40, 40, 1, 0.9)], [A], 0.0),
        ([(0, 0, 40, 40, 0, 0.4)], [A], 0.0),
        ([(0, 0, 40, 21, 0, 0.9)], [A], 1.0),
        ([(0, 0, 40, 19, 0, 0.9)], [A], 0.0),
        ([(0, 0, 40, 28, 0, 0.9), (0, 16, 40, 40, 0, 0.8)], [A], 1 / 2),
        ([(0, 0, 40, 40, 0, 0.9), (55, 5, 70, 20, 0, 0.8)], [A, CROWD], 1.0),
        ([(55, 5, 70, 20, 0, 0.8), (90, 20, 118, 44, 0, 0.7)], [CROWD], 1.0),
        ([(55, 5, 70, 20, 1, 0.8)], [CROWD], 0.0),
        ([(55, 30, 70, 70, 0, 0.8)], [CROWD], 0.0),
        ([], [CROWD], 1.0),
        ([], [], 1.0),
        ([], [A], 0.0),
        ([(0, 0, 40, 40, 0, 0.9)], [], 0.0),
    ],
    ids=[
        "all right",
        "one missed",
        "one missed and one wrong",
        "of another class",
        "unlikely",
        "half overlaps",
        "less than half overlaps",
        "twice the same object",
        "within a crowd",
        "two within a crowd alone",
        "of another class within a crowd",
        "less than half within a crowd",
        "nothing beside a crowd",
        "nothing on an empty image",
        "nothing found",
        "something on an empty image",
    ],
)
def test_the_score_of_boxes_is_the_share_of_right_ones(
    rows: Sequence[Row], objects: Sequence[Row], expected: float
) -> None:
    assert slow_score(rows, objects) == pytest.approx(expected)
    assert detector().image_score(saying(rows), objects_of(objects)) == pytest.approx(expected)


def test_the_score_of_boxes_is_that_of_a_direct_computation() -> None:
    rng = np.random.default_rng(0)
    scores = set[float]()
    for _ in range(60):
        objects = [(*corners(rng), int(rng.integers(2)), float(rng.random() < 0.3)) for _ in range(rng.integers(5))]
        near = [moved(rng, one) for one in objects for _ in range(2) if rng.random() < 0.7]
        rows = apart([*near, *((*corners(rng), int(rng.integers(2)), rng.uniform(0.3, 0.99)) for _ in range(2))])
        expected = slow_score(rows, objects)
        assert detector().image_score(saying(rows), objects_of(objects)) == pytest.approx(expected)
        scores.add(round(expected, 3))
    assert len(scores) > 8


def corners(rng: np.random.Generator) -> tuple[float, float, float, float]:
    left, top, width, height = rng.uniform([0, 0, 15, 15], [80, 60, 45, 35])
    return float(left), float(top), float(left + width), float(top + height)


def moved(rng: np.random.Generator, one: Row) -> Row:
    left, top, right, bottom = np.clip(np.array(one[:4]) + rng.normal(0, 4, 4), 0, [128, 96, 128, 96]).tolist()
    return left, top, right, bottom, one[4], rng.uniform(0.3, 0.99)


def apart(rows: Sequence[Row]) -> list[Row]:
    """The likeliest boxes that no other one of their class hides (non-maximum suppression)."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda row: -row[5]):
        if all(row[4] != other[4] or overlap(row, other) <= 0.5 for other in kept):
            kept.append(row)
    return kept


def test_masks_are_scored_by_the_mean_over_classes_of_one_image() -> None:
    """Class 0: 3 of 4 pixels, class 1: 2 of 4, class 2 is missed, class 3 is nowhere; 255 is ignored."""
    target = torch.tensor([[0, 0, 0, 0], [1, 1, 2, 255]], dtype=torch.uint8)
    found = torch.tensor([[0, 0, 0, 1], [1, 1, 1, 3]])
    assert PixelLearner(4).image_score(logits(found), target) == pytest.approx((3 / 4 + 2 / 4 + 0 / 1) / 3)


def test_a_mask_without_a_pixel_that_counts_is_right() -> None:
    target = torch.full((2, 4), 255, dtype=torch.uint8)
    assert PixelLearner(4).image_score(logits(torch.ones(2, 4).long()), target) == 1.0


def test_the_score_of_masks_is_that_of_a_direct_computation() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        target, found = rng.choice([0, 1, 2, 3, 255], (5, 7)), rng.integers(0, 5, (5, 7))
        known, shares = target != 255, []
        for label in range(5):
            right, guessed = (target == label) & known, (found == label) & known
            if (right | guessed).any():
                shares.append((right & guessed).sum() / (right | guessed).sum())
        score = PixelLearner(5).image_score(logits(torch.tensor(found), 5), torch.tensor(target, dtype=torch.uint8))
        assert score == pytest.approx(float(np.mean(shares)))


def logits(labels: Tensor, classes: int = 4) -> list[Tensor]:
    return [one_hot(labels, classes).permute(2, 0, 1)[None].float()]


def test_up_to_twelve_predictions_are_all_shown_and_the_worst_first() -> None:
    assert worst_and_others([0.5, 0.1, 0.9]) == [1, 0, 2]
    assert worst_and_others([]) == []
    scores = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5, 0.0, 1.0, 0.95]
    assert [scores[place] for place in worst_and_others(scores)] == sorted(scores)


def test_of_many_predictions_the_six_worst_and_every_second_of_twelve_others_are_shown() -> None:
    scores = [number / 18 for number in range(18)]
    assert worst_and_others(scores) == [0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17]
    assert worst_and_others(scores[::-1]) == [17 - place for place in worst_and_others(scores)]


@pytest.mark.parametrize("count", [*range(13, 40), 1000])
def test_of_any_number_twelve_different_ones_are_shown_to_the_best(count: int) -> None:
    scores = np.random.default_rng(count).random(count).tolist()
    found = worst_and_others(scores)
    shown, ranked = [scores[place] for place in found], sorted(scores)
    assert len(set(found)) == 12
    assert shown[:6] == ranked[:6] and shown[-1] == ranked[-1] and shown == sorted(shown)


def test_predictions_are_those_of_the_images_and_the_worst_is_first() -> None:
    """Three images whose pixels are their own labels: one is right, one half right, and one wrong."""
    spec = spec_of(Segmentation(), 64, 64, 4)
    half = torch.zeros(64, 64, dtype=torch.uint8)
    half[32:] = 1
    targets = torch.stack([torch.zeros_like(half), half, torch.full_like(half, 2)])
    images = torch.zeros(3, 3, 64, 64)  # all say class 0
    batches = [(images[:2], targets[:2]), (images[2:], targets[2:])]
    found = predictions(spec, all_class_0, batches, lambda image: (image + 100).to(torch.uint8), CPU)
    assert [(one.position, one.score) for one in found] == [(2, 0.0), (1, 0.25), (0, 1.0)]
    bytes_alone = torch.full((3, 64, 64), 100, dtype=torch.uint8)
    for one in found:
        assert one.picture.dtype == torch.uint8 and one.picture.shape == (3, 320, 648)
        right, predicted = one.picture[:, ::5, :320:5], one.picture[:, ::5, 328::5]
        assert torch.equal(right, with_mask(bytes_alone, targets[one.position], 4))
        assert torch.equal(predicted, with_mask(bytes_alone, torch.zeros(64, 64), 4))


def all_class_0(images: Tensor) -> Tensor:
    scores = torch.zeros(len(images), 4, *images.shape[2:])
    scores[:, 0] = 1
    return scores


def test_boxes_are_drawn_where_they_are_in_the_colours_of_their_classes() -> None:
    image = torch.zeros(3, 96, 128, dtype=torch.uint8)
    picture = detector().picture(image, saying([(60, 50, 100, 90, 1, 0.996)]), objects_of([A]))
    assert picture.shape == (3, 288, 2 * 384 + 8)  # three times as large
    assert picture[:, 120, 60].tolist() == list(colours(2)[0])  # the lower edge of the object
    assert picture[:, 270, 392 + 240].tolist() == list(colours(2)[1])  # that of the box
    assert not picture[:, 150:, :384].any()


def test_outputs_that_are_not_finite_are_no_predictions() -> None:
    def broken(images: Tensor) -> Tensor:
        return all_class_0(images) * torch.nan

    batches = [(torch.zeros(1, 3, 64, 64), torch.zeros(1, 64, 64, dtype=torch.uint8))]
    with pytest.raises(DivergedError, match="The network's outputs are not finite"):
        predictions(spec_of(Segmentation(), 64, 64, 4), broken, batches, lambda image: image, CPU)
