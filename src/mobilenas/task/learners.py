"""Learners of classes, of boxes, and of the class of each pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.functional import accuracy

from mobilenas.network.spec import NetworkSpec
from mobilenas.task.learner import Learner, TaskBatches, TaskScore
from mobilenas.task.scores import Confusion, box_scores
from mobilenas.task.ssd import Boxes, FoundBoxes
from mobilenas.task.targets import IGNORED, SIZE_ROW
from mobilenas.training.accuracy import accuracies
from mobilenas.training.fault import DivergedError, is_wrong


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


class PixelLearner(Learner):
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
        for outputs, masks in _outputs(network, batches, device):
            confusion.add(outputs[0], masks.to(device))
        found = confusion.scores()
        others: dict[str, float | None] = {"pixels": found.accuracy}
        return TaskScore(found.miou, others | {f"class {place}": one for place, one in enumerate(found.by_class)})


class BoxLearner(Learner):
    """Learns boxes and their classes, by SSD's loss.

    Objects are ``(N, M, 6)``, as ``Boxes`` takes them, in pixels of the network's input. A row with the label -2 has
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
        for (regression, scores), targets in _outputs(network, batches, device):
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
        by_class = {f"class {place}": one for place, one in enumerate(result.by_class)}
        return TaskScore(result.ap or 0.0, others | by_class)

    def _factors(self, objects: Tensor) -> Tensor:
        """Returns by what left, top, right and bottom are multiplied to be pixels of the original image."""
        sizes = objects[objects[:, 4] == SIZE_ROW, :2]
        return sizes[0].repeat(2) / self._sides if len(sizes) else torch.ones(4)


def _on_cpu(found: FoundBoxes) -> FoundBoxes:
    return {name: value.cpu() for name, value in found.items()}


@torch.no_grad()
def _outputs(
    network: Callable[[Tensor], Any], batches: TaskBatches, device: torch.device
) -> Iterator[tuple[list[Tensor], Tensor]]:
    """Yields the outputs of each batch as a list, and what is to be learned of it; raises DivergedError."""
    for images, targets in batches:
        found = network(images.to(device, memory_format=torch.channels_last))
        outputs = [found] if isinstance(found, Tensor) else list(found)
        if any(is_wrong(one) for one in outputs):
            raise DivergedError("an output of the network is not finite")
        yield outputs, targets
