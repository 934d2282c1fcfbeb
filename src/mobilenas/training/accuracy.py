"""Measures the accuracy of a network, and recalibrates the batch norms that it needs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mobilenas.training.fault import DivergedError, is_wrong
from mobilenas.training.parts import BatchParts, forward

FEW_CLASSES = 5
"""With this number of classes or fewer, the right one is always among the first five."""


@dataclass(frozen=True)
class Accuracy:
    """How often a network is right, in [0, 1].

    Args:
        top1: share of images whose class has the highest output
        top5: share of images whose class is among the five highest outputs; None with five classes or fewer
    """

    top1: float
    top5: float | None


def accuracies(
    network: Callable[[Tensor], Tensor], batches: Iterable[tuple[Tensor, Tensor]], device: torch.device
) -> Accuracy:
    """Returns the accuracy of a network on labelled images, in one pass.

    Raises:
        DivergedError: an output of the network is not finite
    """
    found = [(ranks(logits, labels), logits.shape[1]) for logits, labels in outputs(network, batches, device)]
    return accuracy_of(torch.cat([rank for rank, _ in found]), found[0][1])


def top1(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> float:
    """Returns the share of images that the network recognizes, as ``accuracies`` does."""
    return accuracies(network, batches, device).top1


def accuracy_of(rank: Tensor, classes: int) -> Accuracy:
    """Returns the accuracy of images with these ranks, ``(N,)``, among a number of classes."""
    first, among_five = (float((rank < most).double().mean()) for most in (1, 5))
    return Accuracy(first, among_five if classes > FEW_CLASSES else None)


def ranks(logits: Tensor, labels: Tensor) -> Tensor:
    """Returns how many classes come before the right one, ``(N,)``; of equal outputs the first one comes first.

    Args:
        logits: outputs ``(N, classes)``
        labels: the right classes ``(N,)``
    """
    own = logits.gather(1, labels[:, None])
    earlier = torch.arange(logits.shape[1], device=logits.device) < labels[:, None]
    return ((logits > own) | ((logits == own) & earlier)).sum(1)


def outputs(
    network: Callable[[Tensor], Tensor], batches: Iterable[tuple[Tensor, Tensor]], device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields the outputs ``(N, classes)`` of a network for each batch, and the labels ``(N,)``, both on the CPU.

    Raises:
        DivergedError: an output is not finite
    """
    for (logits,), labels in all_outputs(network, batches, device):
        yield logits.cpu(), labels


@torch.no_grad()
def all_outputs(
    network: Callable[[Tensor], Any], batches: Iterable[tuple[Tensor, Tensor]], device: torch.device
) -> Iterator[tuple[list[Tensor], Tensor]]:
    """Yields the outputs of a network for each batch, on the device, and what is to be learned of it.

    Raises:
        DivergedError: an output is not finite
    """
    parts = BatchParts()
    for images, targets in batches:
        every = parts(partial(forward, network, images.to(device, memory_format=torch.channels_last)))
        check_outputs(every)
        yield every, targets


def check_outputs(outputs: Iterable[Tensor]) -> None:
    """Raises DivergedError if an output of a network is not finite."""
    if any(is_wrong(one) for one in outputs):
        raise DivergedError("The network's outputs are not finite: its training has diverged; lower its recipe's lr.")


def check_statistics(statistics: Iterable[Tensor]) -> None:
    """Raises DivergedError if a running statistic of a batch norm is not finite."""
    if any(is_wrong(one) for one in statistics):
        raise DivergedError(
            "The statistics of the network's batch norms are not finite on training images: its training has diverged;"
            " lower its recipe's lr."
        )


@torch.no_grad()
def recalibrate(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> None:
    """Replaces the running statistics of every batch norm by the plain average over batches.

    Args:
        network: a network in eval mode, on the device
        batches: images ``(N, C, H, W)`` and labels, which do not matter
        device: the device of the forward passes

    Raises:
        DivergedError: a statistic is not finite
    """
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]

    def pass_through(parts: int) -> None:
        for norm in norms:
            norm.reset_running_stats()
        for images, _ in batches:
            for part in images.to(device, memory_format=torch.channels_last).chunk(parts):
                network(part)

    with averaging(norms):
        BatchParts()(pass_through)
    check_statistics(one for norm in norms for one in norm.buffers())


@contextmanager
def averaging(norms: Iterable[nn.BatchNorm2d]) -> Iterator[None]:
    """Makes batch norms in eval mode average the statistics of all batches alike within the block."""
    momenta = {norm: norm.momentum for norm in norms}
    for norm in momenta:
        norm.momentum = None
        norm.train()
    try:
        yield
    finally:
        for norm, momentum in momenta.items():
            norm.momentum = momentum
            norm.eval()
