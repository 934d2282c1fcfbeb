"""Seconds and saved bytes of FBNet's steps, divided by those of plain training steps of six compact networks.

``python -m bench.gumbel_step``: within one run, in turns, in the same memory format and on one thread, the method's own
steps under Lightning beside plain training steps of six paths that together have each candidate of each layer once.
"""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from bench.clock import DEVICE, now
from bench.compact import Compact, balanced_paths, saved_bytes, six_candidates
from mobilenas.data import Turns
from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method import Gumbel, GumbelModule
from mobilenas.method.freezing import frozen_statistics, frozen_weights
from mobilenas.objective import LatencyLog
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.recipe import Recipe


class OneTurn(Turns):
    """One turn with a given number of batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._count = batches

    @property
    def lengths(self) -> tuple[int, ...]:
        return (self._count,)


class Steps(GumbelModule):
    """On each batch a plain step of every compact network, a step of the weights, and one of the architecture."""

    def compare(self, compact: Compact) -> None:
        self._compact = compact
        self.seconds: dict[str, list[float]] = {"plain": [], "weight": [], "architecture": []}

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        for place in range(6):
            self._time("plain", lambda place=place: self._compact.step(place, *batch))
        self._time("weight", lambda: self.step_weights(*batch))
        self._time("architecture", lambda: self.step_architecture(*batch))

    def _time(self, name: str, step: Callable[[], None]) -> None:
        begin = now()
        step()
        self.seconds[name].append(now() - begin)

    def bytes_kept(self, images: Tensor, labels: Tensor) -> tuple[float, float]:
        """The ratios of a weight step and of an architecture step to a plain step."""
        images, labels = images.to(DEVICE), labels.to(DEVICE)
        self.to(DEVICE)
        plain = saved_bytes(self._compact.networks[0], lambda: self._compact.loss(0, images, labels))
        weight = saved_bytes(self, lambda: self.weight_loss(images, labels))
        with frozen_weights(self.supernet), frozen_statistics(self.supernet):
            architecture = saved_bytes(self, lambda: self.architecture_loss(images, labels))
        return weight / plain, architecture / plain


def measure(resolution: int, batch_size: int, rounds: int) -> None:
    """Print the ratios at one resolution."""
    torch.manual_seed(0)
    space = six_candidates(resolution)
    table = LatencyTable(dict.fromkeys(layers_of(space), 1.0))
    images = torch.randn(batch_size * rounds, 3, resolution, resolution)
    labels = torch.randint(0, 1000, (len(images),))
    settings = Gumbel(
        objective=LatencyLog(0.2, 0.6), lr=0.01, weight_decay=5e-4, temperature=5.0, temperature_decay=4.05,
        warmup_share=0.0,
    )  # fmt: skip
    method = Steps(space, Recipe(1, batch_size, 0.01), ExpectedLatency(space, table), OneTurn(rounds), settings)
    method.compare(Compact(space, balanced_paths(space)))
    pl.Trainer(
        max_epochs=1, accelerator="auto", devices=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    ).fit(method, DataLoader(TensorDataset(images, labels), batch_size))  # fmt: skip
    plain = np.array(method.seconds["plain"]).reshape(rounds, 6)[1:].sum(1)
    ratios = {name: np.median(np.array(took)[1:] / plain) for name, took in method.seconds.items() if name != "plain"}
    weight, architecture = method.bytes_kept(images[:batch_size], labels[:batch_size])
    sys.stdout.write(
        f"{resolution} px, batch {batch_size}: weight step {ratios['weight']:.3f}, architecture step "
        f"{ratios['architecture']:.3f} of six plain steps of {1e3 * np.median(plain) / 6:.1f} ms; saved bytes, of one "
        f"plain step: {weight:.2f}, {architecture:.2f}\n"
    )


def main(resolutions: Sequence[int] = (64, 112), batch_size: int = 32, rounds: int = 6) -> None:
    """Print both resolutions; the first round only warms up."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    keep_freed_memory()  # as in training
    for resolution in resolutions:
        measure(resolution, batch_size, rounds)


if __name__ == "__main__":
    main()
