"""Scores of detectors and segmenters on cases that are counted by hand."""

import pytest
import torch

from mobilenas.task.scores import Confusion, box_scores

pytest.importorskip("faster_coco_eval")

OBJECTS = [torch.tensor([[0.0, 0, 40, 40, 0, 0, 1600], [50, 50, 90, 90, 1, 0, 1600], [0, 0, 0, 0, -1, 0, 0]])]


def found(*rows: tuple[float, ...]) -> dict[str, torch.Tensor]:
    """Rows of left, top, right, bottom, label and score."""
    table = torch.tensor(rows).reshape(-1, 6)
    return {"boxes": table[:, :4], "labels": table[:, 4].long(), "scores": table[:, 5]}


def test_a_perfect_detector_scores_1() -> None:
    scores = box_scores([found((0, 0, 40, 40, 0, 0.9), (50, 50, 90, 90, 1, 0.8))], OBJECTS, 2)
    assert (scores.ap, scores.ap50, scores.by_class) == (1.0, 1.0, (1.0, 1.0))
    assert scores.ap_medium == 1.0 and scores.ap_small is None and scores.ap_large is None


def test_a_box_with_an_overlap_of_72_percent_is_right_at_5_of_10_overlaps() -> None:
    """A box of 40 x 55.5 pixels has 72% of the union in common: right at .5, .55, .6, .65 and .7."""
    scores = box_scores([found((0, 0, 40, 55.5, 0, 0.9), (50, 50, 90, 90, 1, 0.8))], OBJECTS, 2)
    assert scores.by_class[0] == pytest.approx(0.5) and scores.by_class[1] == 1.0
    assert scores.ap == pytest.approx(0.75) and scores.ap50 == 1.0


def test_a_wrong_box_with_a_higher_score_halves_the_precision() -> None:
    scores = box_scores([found((45, 0, 60, 20, 0, 0.95), (0, 0, 40, 40, 0, 0.9), (50, 50, 90, 90, 1, 0.8))], OBJECTS, 2)
    assert scores.by_class == (pytest.approx(0.5), 1.0)


def test_boxes_in_a_crowd_region_neither_count_nor_cost() -> None:
    crowd = [torch.tensor([[0.0, 0, 40, 40, 0, 0, 1600], [50, 50, 90, 90, 0, 1, 1600]])]
    right, within = (0, 0, 40, 40, 0, 0.5), (55, 55, 70, 70, 0, 0.9)
    assert box_scores([found(right, within)], crowd, 1).ap == 1.0
    assert box_scores([found(within)], crowd, 1).ap == 0.0
    outside = (95, 0, 120, 30, 0, 0.9)
    assert box_scores([found(right, outside)], crowd, 1).ap == pytest.approx(0.5)


def test_a_class_without_an_object_has_no_score() -> None:
    scores = box_scores([found((0, 0, 40, 40, 0, 0.9), (50, 50, 90, 90, 1, 0.8))], OBJECTS, 3)
    assert scores.by_class == (1.0, 1.0, None) and scores.ap == 1.0


def test_an_image_without_boxes_is_scored() -> None:
    assert box_scores([found()], OBJECTS, 2).ap == 0.0


def test_missing_boxes_of_another_image_count() -> None:
    scores = box_scores([found((0, 0, 40, 40, 0, 0.9)), found()], [OBJECTS[0][:1], OBJECTS[0][:1]], 1)
    assert scores.ap == pytest.approx(51 / 101)  # COCO reads the precision at 101 recalls, here up to .5


def test_small_and_large_are_told_by_the_area_of_the_annotation() -> None:
    """A box of 40 x 40 pixels around a thin object of 900 pixels is a small object to COCO, below 32 x 32."""
    thin = [torch.tensor([[0.0, 0, 40, 40, 0, 0, 900]])]
    scores = box_scores([found((0, 0, 40, 40, 0, 0.9))], thin, 1)
    assert (scores.ap_small, scores.ap_medium) == (1.0, None)


MASKS = torch.tensor([[[0, 0, 1, 1], [0, 255, 1, 2]]])


def logits(classes: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.one_hot(classes, 4).permute(0, 3, 1, 2).float()


def test_a_perfect_segmenter_scores_1_whatever_it_says_of_ignored_pixels() -> None:
    confusion = Confusion(4)
    confusion.add(logits(torch.tensor([[[0, 0, 1, 1], [0, 3, 1, 2]]])), MASKS)
    scores = confusion.scores()
    assert (scores.miou, scores.accuracy, scores.by_class) == (1.0, 1.0, (1.0, 1.0, 1.0, None))


def test_the_intersection_over_union_is_counted_over_all_images_together() -> None:
    """Image 1: one pixel of class 0 is called 1, and the one of class 2 is called 3. Image 2 is right, all class 0."""
    confusion = Confusion(4)
    confusion.add(logits(torch.tensor([[[0, 1, 1, 1], [0, 0, 1, 3]]])), MASKS)
    confusion.add(logits(torch.zeros(1, 2, 4, dtype=torch.long)), torch.zeros(1, 2, 4, dtype=torch.long))
    scores = confusion.scores()
    assert scores.by_class == (10 / 11, 3 / 4, 0.0, 0.0)
    assert scores.miou == pytest.approx((10 / 11 + 3 / 4) / 4) and scores.accuracy == 13 / 15


def test_it_is_torchmetrics_jaccard_index() -> None:
    from torchmetrics.classification import MulticlassJaccardIndex

    generator = torch.Generator().manual_seed(0)
    outputs, masks = torch.randn(4, 5, 8, 9, generator=generator), torch.randint(0, 5, (4, 8, 9), generator=generator)
    masks[:, :2] = 255
    confusion, metric = Confusion(5), MulticlassJaccardIndex(5, ignore_index=255)
    confusion.add(outputs, masks)
    assert confusion.scores().miou == pytest.approx(float(metric(outputs.argmax(1), masks)), abs=1e-6)


def test_masks_of_ignored_pixels_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="No pixel of the masks counts"):
        Confusion(2).scores()
