"""Checks the batch sizes of trainings before any work."""

from __future__ import annotations

from collections.abc import Sequence

from mobilenas.stages.base import Run


def check_batch(
    run: Run, batch_size: int, name: str, splits: Sequence[str] = ("train",), is_shared: bool = True
) -> None:
    """Checks that the images fill a batch, and that the batch norms of a network can be trained with it.

    Args:
        run: its images train a given network, or networks of its space
        batch_size: number of images in a batch
        name: the setting, for the error
        splits: the splits of the images
        is_shared: whether the trainer's devices share a batch

    Raises:
        ValueError: the batch is larger than the splits, or cannot be divided among the devices, or a device gets one
            image, of which a batch norm sees a single value
    """
    from mobilenas.data.loader import check_share

    run.data.check_batch(batch_size, splits, name)
    processes = run.training.trainer.processes if is_shared else 1
    check_share(batch_size, processes, name)
    parts = processes * (run.training.trainer.parts(batch_size) if is_shared else 1)
    if batch_size > parts:
        return
    import torch

    network = run.networks[0] if run.networks else run.space.network((0,) * len(run.space.options))
    shape = network.input
    with torch.device("meta"):  # without memory and without work
        built, image = network.build().train(), torch.empty(1, shape.channels, shape.height, shape.width)
    try:
        built(image)
    except ValueError:  # of torch's batch norm
        raise ValueError(
            f"{name}={batch_size} is too small, because a batch norm of {network.name} has a single value of an image"
            f" and needs two: set {name} to {2 * parts} or more."
        ) from None
