"""Top-1 and top-5 accuracy, beside torchmetrics and a slow count."""

import pytest
import torch
from torch import Tensor, nn
from torchmetrics.functional.classification import multiclass_accuracy

from mobilenas.training import Accuracy, accuracies
from mobilenas.training.accuracy import ranks

CPU = torch.device("cpu")


def _batches(classes: int, images: int = 60) -> list[tuple[Tensor, Tensor]]:
    """Outputs as images of one pixel, in batches of different sizes."""
    generator = torch.Generator().manual_seed(classes)
    logits = torch.randn(images, classes, 1, 1, generator=generator)
    labels = torch.randint(classes, (images,), generator=generator)
    return [(logits[:25], labels[:25]), (logits[25:], labels[25:])]


@pytest.mark.parametrize("classes", [6, 10, 1000])
def test_both_accuracies_are_those_of_torchmetrics(classes: int) -> None:
    batches = _batches(classes)
    logits, labels = torch.cat([one for one, _ in batches]).flatten(1), torch.cat([one for _, one in batches])
    expected = [multiclass_accuracy(logits, labels, classes, "micro", top_k=k).item() for k in (1, 5)]
    found = accuracies(nn.Flatten(), batches, CPU)
    assert (found.top1, found.top5) == pytest.approx(expected)


@pytest.mark.parametrize("classes", [2, 5])
def test_top5_of_five_classes_or_fewer_says_nothing(classes: int) -> None:
    assert accuracies(nn.Flatten(), _batches(classes), CPU).top5 is None


def test_a_network_that_always_answers_the_same_is_right_as_often_as_its_answer() -> None:
    """Equal outputs must not count as right for every class."""
    images, labels = torch.zeros(10, 10, 1, 1), torch.arange(10)
    assert accuracies(nn.Flatten(), [(images, labels)], CPU) == Accuracy(top1=0.1, top5=0.5)


def test_the_rank_is_the_place_in_a_stable_sort() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randint(4, (50, 8), generator=generator).float()  # with many equal outputs
    labels = torch.randint(8, (50,), generator=generator)
    slow = [
        sorted(range(8), key=lambda label: (-row[label], label)).index(right)
        for row, right in zip(logits.tolist(), labels.tolist(), strict=True)
    ]
    assert ranks(logits, labels).tolist() == slow
