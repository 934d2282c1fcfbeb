"""Estimates, from descriptions alone, what a run needs at least of a machine's memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mobilenas.data.memory import memory_bytes
from mobilenas.network import NetworkSpec
from mobilenas.network.spec import MOST_PARAMETERS
from mobilenas.ops import Size
from mobilenas.pipeline.settings import Settings
from mobilenas.stages import Run


def too_large(settings: Settings, run: Run, names: set[str]) -> Iterator[str]:
    """Yields a sentence for each setting with which the first or the smallest network does not fit into memory.

    Args:
        settings: the settings of the run
        run: its networks and its images
        names: the stages that are asked for
    """
    network = run.networks[0] if run.networks else _smallest(run)
    if network.params > MOST_PARAMETERS:
        yield (
            f"{network.name} has {network.params:,} parameters, more than {MOST_PARAMETERS:,}: choose a smaller width."
        )
        return
    memory = _memory(run)
    batches = {
        "recipe.batch_size": settings.recipe.batch_size if names & {"retrain", "seed", "parent"} else 0,
        "supernet_recipe.batch_size": settings.supernet_recipe.batch_size if "supernet" in names else 0,
    }
    for name, batch in batches.items():
        needed = _bytes_of(network, batch, settings.trainer.precision)
        if memory and needed > memory:
            yield (
                f"{name}={batch} needs at least {needed / 1e9:,.0f} GB for the layers of {network.name} at"
                f" {_in_words(run.data.size)} pixels, and the device has {memory / 1e9:,.0f} GB: choose a smaller"
                " batch, resolution or width."
            )
    images = settings.hardware.images if settings.hardware.at_hand and "profile" in names else 0
    needed = 4 * images * max(_elements(network), default=0)
    if memory and needed > memory:
        yield (
            f"hardware.engine.batch={images} needs at least {needed / 1e9:,.0f} GB for a layer of {network.name}, and"
            f" the device has {memory / 1e9:,.0f} GB: choose a smaller number of images."
        )


def _in_words(size: Size) -> str:
    height, width = size
    return f"{height}" if height == width else f"{height} x {width}"


def _smallest(run: Run) -> NetworkSpec:
    """Returns the network of the first options, which are no larger than the others in most spaces."""
    return run.space.network([0] * len(run.space.options))


def _bytes_of(network: NetworkSpec, images: int, precision: str) -> int:
    """Returns the bytes of what all layers give, which a training step keeps until its gradient is computed."""
    return (2 if precision.startswith(("16", "bf16")) else 4) * images * sum(_elements(network))


def _elements(network: NetworkSpec) -> Sequence[int]:
    return [one.output.channels * one.output.height * one.output.width for one in network.every_layer]


def _memory(run: Run) -> int | None:
    """Returns the bytes of the device that trains; None where the system does not tell."""
    device = run.training.device
    if device.type == "cuda":
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    return memory_bytes()
