"""Scores of detectors and segmenters: COCO's mean average precision, and the mean intersection over union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mobilenas.engine.base import version_of
from mobilenas.task.ssd import FoundBoxes
from mobilenas.task.targets import IGNORED


@dataclass(frozen=True)
class BoxScores:
    """Mean average precisions of a detector, in [0, 1]; None without an object of that size or class.

    Args:
        ap: the mean over overlaps from .5 to .95, which COCO calls AP
        ap50: with an overlap of .5
        ap_small: of objects below 32 x 32 pixels
        ap_medium: of objects from there to 96 x 96 pixels
        ap_large: of larger objects
        by_class: ``ap`` of each class
    """

    ap: float | None
    ap50: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    by_class: tuple[float | None, ...]


def box_scores(found: Sequence[FoundBoxes], objects: Sequence[Tensor], classes: int) -> BoxScores:
    """Returns the scores of some images, as COCO's own evaluation computes them.

    Args:
        found: the boxes of each image, with scores and labels
        objects: the objects of each image, ``(M, 7)``: left, top, right, bottom in pixels, label from 0, whether it
            is a crowd region, in which boxes neither count nor cost, and its area; a label of -1 fills up
        classes: number of classes

    Raises:
        ValueError: faster-coco-eval is not installed
    """
    version_of("faster-coco-eval", "faster-coco-eval, which scores detectors,", "detection", "leave out task=detection")
    from torchmetrics.detection import MeanAveragePrecision

    metric = MeanAveragePrecision(backend="faster_coco_eval", class_metrics=True)
    metric.warn_on_many_detections = False
    metric.update([dict(one) for one in found], [_target(one) for one in objects])
    result = metric.compute()
    of_class = dict(zip(_listed(result["classes"]), _listed(result["map_per_class"]), strict=False))
    ap, ap50, small, medium, large = (
        _known(float(result[f"map{end}"])) for end in ("", "_50", "_small", "_medium", "_large")
    )
    by_class = tuple(_known(of_class.get(label, -1.0)) for label in range(classes))
    return BoxScores(ap, ap50, small, medium, large, by_class)


def _target(objects: Tensor) -> dict[str, Tensor]:
    own = objects[objects[:, 4] >= 0]
    return {"boxes": own[:, :4], "labels": own[:, 4].long(), "iscrowd": own[:, 5].long(), "area": own[:, 6]}


def _listed(values: Tensor) -> list[float]:
    found: list[float] = values.flatten().tolist()
    return found


def _known(value: float) -> float | None:
    """Returns a precision, or None for COCO's -1."""
    return None if value < 0 else value


@dataclass(frozen=True)
class MaskScores:
    """Intersections over unions of a segmenter, in [0, 1].

    Args:
        miou: the mean over all classes that occur or were predicted
        by_class: that of each class; None if it neither occurs nor was predicted
        accuracy: the share of pixels with the right class
    """

    miou: float
    by_class: tuple[float | None, ...]
    accuracy: float


class Confusion:
    """Counts pixels by right and predicted class, over all images together.

    Args:
        classes: number of classes
    """

    def __init__(self, classes: int) -> None:
        self.counts = torch.zeros(classes, classes, dtype=torch.long)

    def add(self, logits: Tensor, masks: Tensor) -> None:
        """Counts the pixels of some images.

        Args:
            logits: ``(N, classes, H, W)``
            masks: the right classes ``(N, H, W)``; 255 does not count
        """
        counted = masks != IGNORED
        pairs = masks[counted].long() * len(self.counts) + logits.argmax(1)[counted]
        found = torch.bincount(pairs, minlength=self.counts.numel()).view_as(self.counts)
        self.counts += found.cpu()

    def scores(self) -> MaskScores:
        """Returns the scores of all pixels that were counted; raises ValueError if there were none."""
        total, right = int(self.counts.sum()), self.counts.diagonal()
        if not total:
            raise ValueError("No pixel of the masks counts, because all are ignored: nothing can be scored.")
        union = self.counts.sum(0) + self.counts.sum(1) - right
        shares = [int(own) / int(whole) if whole else None for own, whole in zip(right, union, strict=True)]
        known = [one for one in shares if one is not None]
        return MaskScores(sum(known) / len(known), tuple(shares), int(right.sum()) / total)
