"""Measures the accuracy of a network, and recalibrates the batch norms that it needs."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from mobilenas.training.fault import DivergedError, is_wrong


@torch.no_grad()
def top1(network: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> float:
    """Returns the share of images that the network recognizes, in [0, 1].

    Raises:
        DivergedError: an output of the network is not finite
    """
    correct = total = 0
    for images, labels in batches:
        logits = network(images.to(device, memory_format=torch.channels_last))
        if is_wrong(logits):
            raise DivergedError(
                "The network's outputs are not finite: its training has diverged; lower its recipe's lr."
            )
        correct += int((logits.argmax(1).cpu() == labels).sum())
        total += len(labels)
    return correct / total


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
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for images, _ in batches:
        network(images.to(device, memory_format=torch.channels_last))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
    if any(is_wrong(one) for norm in norms for one in norm.buffers()):
        raise DivergedError(
            "The statistics of the network's batch norms are not finite on training images: its training has diverged;"
            " lower its recipe's lr."
        )
