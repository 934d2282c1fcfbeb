"""Learners of classes, of boxes, and of the class of each pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.functional import accuracy
from torchvision.ops import box_iou

from mobilenas.network.spec import NetworkSpec
from mobilenas.task.learner import DrawnLearner, Learner, TaskBatches, TaskScore
from mobilenas.task.pictures import enlarged, side_by_side, with_boxes, with_mask
from mobilenas.task.scores import Confusion, box_scores
from mobilenas.task.ssd import Boxes, FoundBoxes
from mobilenas.task.targets import IGNORED, SIZE_ROW
from mobilenas.training.accuracy import accuracies, all_outputs

LIKELY = 0.5
"""The least score of a box that is shown to people, and the least overlap of a right one."""


class ClassLearner(Learner):
    """Learns one class for each image, by cross entropy.

    Args:
        classes: number of classes
        label_smoothing: label smoothing
    """

    score_name = "top-1"

    def __init__(self, classes: int, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self._entropy = nn.CrossEntropyLoss(label_smoothing=label_smoothing)
        self._classes, self._tops = classes, [k for k in (1, 5) if k < classes]

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        loss: Tensor = self._entropy(outputs, targets)
        return loss

    def logged(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {f"train_top{k}": self._top(k, outputs, targets) for k in self._tops}

    def score(self, network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device) -> TaskScore:
        found = accuracies(network, batches, device)
        return TaskScore(found.top1, {} if found.top5 is None else {"top-5": found.top5})

    def _top(self, k: int, logits: Tensor, labels: Tensor) -> Tensor:
        return accuracy(logits, labels, "multiclass", num_classes=self._classes, average="micro", top_k=k)


class PixelLearner(DrawnLearner):
    """Learns the class of each pixel, by cross entropy; masks ``(N, H, W)`` have 255 where nothing is known.

    Args:
        classes: number of classes
        label_smoothing: label smoothing
    """

    score_name = "mIoU"

    def __init__(self, classes: int, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self._classes = classes
        self._entropy = nn.CrossEntropyLoss(ignore_index=IGNORED, label_smoothing=label_smoothing, reduction="sum")

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        known = (targets != IGNORED).sum().clamp(min=1)  # a batch may have no pixel that is known
        loss: Tensor = self._entropy(outputs, targets.long()) / known
        return loss

    def logged(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        known = targets != IGNORED
        right = (outputs.argmax(1) == targets) & known
        return {"train_pixels": right.sum() / known.sum().clamp(min=1)}

    def score(self, network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device) -> TaskScore:
        confusion = Confusion(self._classes)
        for outputs, masks in all_outputs(network, batches, device):
            confusion.add(outputs[0], masks.to(device))
        found = confusion.scores()
        others: dict[str, float | None] = {"pixel accuracy": found.accuracy}
        return TaskScore(found.miou, others, found.by_class)

    def image_score(self, outputs: Sequence[Tensor], target: Tensor) -> float:
        """Returns the mean intersection over union of one image; 1 if no pixel of it counts."""
        confusion = Confusion(self._classes)
        confusion.add(outputs[0].cpu(), target[None].cpu())
        return confusion.scores().miou if bool((target != IGNORED).any()) else 1.0

    def answer(self, outputs: Sequence[Tensor]) -> Tensor:
        return outputs[0][0].argmax(0).to(torch.uint8).cpu()

    def agreement(self, answer: Tensor, other: Tensor) -> float:
        """Returns the share of pixels to which both give the same class."""
        return float((answer == other).double().mean())

    def picture(self, image: Tensor, outputs: Sequence[Tensor], target: Tensor) -> Tensor:
        found = self.answer(outputs)
        pair = (with_mask(image, labels, self._classes) for labels in (target.cpu(), found))
        return side_by_side(*(enlarged(one)[0] for one in pair))


class BoxLearner(DrawnLearner):
    """Learns boxes and their classes, by SSD's loss.

    Objects are ``(N, M, 7)``, as ``Boxes`` takes them, in pixels of the network's input. A row with the label -2 has
    the width and the height of the original image. Boxes are scored in its pixels, because COCO counts sizes in these.

    Args:
        network: the detector
    """

    score_name = "mAP"

    def __init__(self, network: NetworkSpec) -> None:
        super().__init__()
        self.boxes, self._classes = Boxes(network), network.classes
        self._sides = torch.tensor([network.input.width, network.input.height]).repeat(2)

    def loss(self, outputs: tuple[Tensor, Tensor], targets: Tensor) -> Tensor:
        return self.boxes.loss(outputs, targets)

    def logged(self, outputs: tuple[Tensor, Tensor], targets: Tensor) -> dict[str, Tensor]:
        return {}

    def score(self, network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device) -> TaskScore:
        found, objects, boxes = list[FoundBoxes](), list[Tensor](), self.boxes.to(device)
        for (regression, scores), targets in all_outputs(network, batches, device):
            for one, own in zip(boxes.found((regression, scores)), targets.cpu(), strict=True):
                factors = self._factors(own)
                objects.append(torch.cat([own[:, :4] * factors, own[:, 4:]], 1))
                found.append(_on_cpu({**one, "boxes": one["boxes"] * factors.to(device)}))
        result = box_scores(found, objects, self._classes)
        others = {
            "mAP at .5": result.ap50,
            "mAP of small objects": result.ap_small,
            "mAP of medium objects": result.ap_medium,
            "mAP of large objects": result.ap_large,
        }
        return TaskScore(result.ap or 0.0, others, result.by_class)

    def image_score(self, outputs: Sequence[Tensor], target: Tensor) -> float:
        """Returns the share of right boxes among all objects and all likely boxes of one image.

        A likely box has a score of .5 or more. It is right if it overlaps an object of its class by half, which no
        likelier box has taken. Crowd regions, and boxes that lie by half within one of their class, do not count.
        """
        return self._right(self.answer(outputs), target[target[:, 4] >= 0].cpu())

    def answer(self, outputs: Sequence[Tensor]) -> FoundBoxes:
        """Returns the boxes of one image that are likely, in pixels of the input."""
        (found,) = self.boxes.found((outputs[0], outputs[1]))
        likely = found["scores"] >= LIKELY
        return {name: value[likely].cpu() for name, value in found.items()}

    def agreement(self, answer: FoundBoxes, other: FoundBoxes) -> float:
        """Returns the share of likely boxes that both have, as if the other's were the objects."""
        columns = other["boxes"], other["labels"][:, None], torch.zeros(len(other["labels"]), 2)
        return self._right(answer, torch.cat(columns, 1))

    def _right(self, found: FoundBoxes, objects: Tensor) -> float:
        """Returns the share of right boxes among all objects ``(M, 7)`` and all found boxes."""
        single, crowd = objects[objects[:, 5] == 0], objects[objects[:, 5] > 0]
        taken, wrong = set[int](), 0
        for box, label in zip(found["boxes"], found["labels"], strict=True):
            overlaps = box_iou(box[None], single[:, :4])[0] * (single[:, 4] == label)
            free = [place for place in overlaps.argsort(descending=True).tolist() if place not in taken]
            if free and overlaps[free[0]] >= LIKELY:
                taken.add(free[0])
            elif not _is_within(box, crowd[crowd[:, 4] == label, :4]):
                wrong += 1
        count = len(single) + wrong
        return len(taken) / count if count else 1.0

    def picture(self, image: Tensor, outputs: Sequence[Tensor], target: Tensor) -> Tensor:
        found, own = self.answer(outputs), target[target[:, 4] >= 0].cpu()
        shown, factor = enlarged(image)
        scores = [two_digits(score) for score in found["scores"].tolist()]
        right = with_boxes(shown, own[:, :4] * factor, own[:, 4].long(), self._classes)
        return side_by_side(right, with_boxes(shown, found["boxes"] * factor, found["labels"], self._classes, scores))

    def _factors(self, objects: Tensor) -> Tensor:
        """Returns by what left, top, right and bottom are multiplied to be pixels of the original image."""
        sizes = objects[objects[:, 4] == SIZE_ROW, :2]
        return sizes[0].repeat(2) / self._sides if len(sizes) else torch.ones(4)


def two_digits(share: float) -> str:
    """Returns a share as it is written beside a box: ``.97``, or ``1`` if it is rounded to it."""
    text = f"{share:.2f}"
    return "1" if text == "1.00" else text.removeprefix("0")


def _is_within(box: Tensor, regions: Tensor) -> bool:
    """Whether half of a box lies within one of some regions, as COCO matches boxes with crowds; a box has an area."""
    begin, end = torch.maximum(box[:2], regions[:, :2]), torch.minimum(box[2:], regions[:, 2:])
    common = (end - begin).clamp(min=0).prod(1)
    return bool((common >= LIKELY * (box[2:] - box[:2]).prod()).any())


def _on_cpu(found: FoundBoxes) -> FoundBoxes:
    return {name: value.cpu() for name, value in found.items()}
