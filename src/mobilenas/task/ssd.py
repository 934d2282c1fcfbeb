"""SSD's loss and its boxes, computed by torchvision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.ssd import SSD
from torchvision.ops import box_iou

from mobilenas.network.spec import NetworkSpec
from mobilenas.task.anchors import anchors_of

MATCHING = 0.5  # of an anchor and an object: the least share of their union that they have in common
CROWD = 0.5  # the least share of an anchor within a crowd region, so that it is no example of the background

FoundBoxes = Mapping[str, Tensor]
"""The boxes ``(n, 4)`` of an image in pixels of the input, their ``scores`` ``(n,)`` and ``labels`` ``(n,)`` from 0."""


class Boxes(nn.Module):
    """Compares a detector's outputs with objects, and makes boxes of them.

    Objects travel as ``(N, M, 7)``: left, top, right, bottom in pixels, label from 0, whether it is a crowd region, and
    area; a label of -1 fills up.

    Args:
        network: the detector
        least_score: boxes with a smaller score are left out
        overlap: of two boxes of a class that have more of their union in common, the one with the lower score is left
            out (non-maximum suppression)
        most: the largest number of boxes of an image
    """

    anchors: Tensor

    def __init__(
        self, network: NetworkSpec, least_score: float = 0.001, overlap: float = 0.55, most: int = 300
    ) -> None:
        super().__init__()
        self.register_buffer("anchors", anchors_of(network), persistent=False)
        self._size = (network.input.height, network.input.width)
        self._ssd = SSD(
            nn.Identity(), nn.Identity(), self._size, network.classes + 1, head=nn.Identity(), iou_thresh=MATCHING,
            score_thresh=least_score, nms_thresh=overlap, detections_per_img=most, topk_candidates=most,
        )  # fmt: skip

    def loss(self, outputs: tuple[Tensor, Tensor], objects: Tensor) -> Tensor:
        """Returns the sum of the losses of boxes and classes, a scalar (SSD, Eq. 1).

        There are three examples of the background for each anchor with an object, those with the largest loss. An
        anchor within a crowd region is none of them.

        Args:
            outputs: boxes ``(N, A, 4)`` and scores ``(N, A, classes + 1)``, as the detector returns them
            objects: the objects of each image, ``(N, M, 7)``
        """
        boxes, scores = outputs
        targets, matched, crowds = [], [], []
        for own in objects:
            own = own[own[:, 4] >= 0]
            crowd = own[:, 5] > 0
            single = own[~crowd]
            targets.append({"boxes": single[:, :4], "labels": single[:, 4].long() + 1})
            matched.append(self._matched(single[:, :4]))
            crowds.append(self._within(own[crowd, :4]) & (matched[-1] < 0))
        hidden = torch.stack(crowds)
        if hidden.any():  # the surest background has no loss, so that it is never among the examples
            sure = torch.zeros_like(scores).index_fill_(2, torch.zeros(1, dtype=torch.long, device=scores.device), 50.0)
            scores = torch.where(hidden[..., None], sure, scores)
        found = {"bbox_regression": boxes, "cls_logits": scores}
        losses = self._ssd.compute_loss(targets, found, [self.anchors] * len(objects), matched)
        total: Tensor = losses["bbox_regression"] + losses["classification"]
        return total

    @torch.no_grad()
    def found(self, outputs: tuple[Tensor, Tensor]) -> list[FoundBoxes]:
        """Returns the boxes of each image, the highest score first.

        Args:
            outputs: boxes ``(N, A, 4)`` and scores ``(N, A, classes + 1)``, as the detector returns them
        """
        boxes, scores = outputs
        given = {"bbox_regression": boxes, "cls_logits": scores}
        every = [self.anchors] * len(boxes)
        found: Sequence[dict[str, Tensor]] = self._ssd.postprocess_detections(given, every, [self._size] * len(boxes))
        return [one | {"labels": one["labels"] - 1} for one in found]

    def _matched(self, boxes: Tensor) -> Tensor:
        """Returns the number of each anchor's object, or -1, ``(A,)``; each object has at least its best anchor."""
        if not len(boxes):
            return torch.full((len(self.anchors),), -1, device=self.anchors.device)
        matched: Tensor = self._ssd.proposal_matcher(box_iou(boxes, self.anchors))
        return matched

    def _within(self, crowds: Tensor) -> Tensor:
        """Returns which anchors lie within a crowd region, ``(A,)``."""
        begin = torch.maximum(self.anchors[:, None, :2], crowds[:, :2])
        end = torch.minimum(self.anchors[:, None, 2:], crowds[:, 2:])
        common = (end - begin).clamp(min=0).prod(2)
        areas = (self.anchors[:, 2:] - self.anchors[:, :2]).prod(1)
        return (common >= CROWD * areas[:, None]).any(1)
