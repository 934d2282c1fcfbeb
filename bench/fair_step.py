"""Seconds and saved bytes of a fair step, divided by those of plain training steps of the same sub-networks.

``python -m bench.fair_step``: within one run, in turns, in the same memory format and on one thread, the method's own
step under Lightning beside a bare loop over the same sub-networks, each built alone, with its own optimizer. Bytes
are those that a path keeps for its backward pass, over those of its sub-network alone; the largest of these ratios.
"""

import logging
import sys
import warnings

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from bench.clock import DEVICE, now
from bench.compact import saved_bytes
from mobilenas.method import Fair, fair_paths
from mobilenas.method.paths_module import PathsModule
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.settings import SEED, given
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe


class Plain(pl.Callback):
    """After each fair step, the plain steps of the same paths; keeps the seconds of both."""

    def __init__(self, space: LayerwiseSpace) -> None:
        self._networks = [space.network(path) for path in fair_paths(space.options, np.random.default_rng([0, 0]))]
        self._resumed = 0.0
        self.fair: list[float] = []
        self.plain: list[float] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._modules = [spec.build().to(DEVICE, memory_format=torch.channels_last) for spec in self._networks]
        self._optimizers = [torch.optim.SGD(module.parameters(), 0.01, 0.9) for module in self._modules]
        self._resumed = now()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: object, batch: list[Tensor], batch_idx: int
    ) -> None:
        begin = now()
        self.fair.append(begin - self._resumed)
        images = batch[0].contiguous(memory_format=torch.channels_last)
        for module, optimizer in zip(self._modules, self._optimizers, strict=True):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(images), batch[1]).backward()
            optimizer.step()
        self._resumed = now()
        self.plain.append(self._resumed - begin)


def main(resolution: int = 64, batch_size: int = 32, steps: int = 8) -> None:
    """Print the median of the ratios, the first step left out."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    keep_freed_memory()  # as in training
    torch.manual_seed(0)
    space = MoGA().space(resolution=resolution)
    images = torch.randn(batch_size * steps, 3, resolution, resolution)
    data = TensorDataset(images, torch.randint(0, 1000, (len(images),)))
    plain = Plain(space)
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="auto",
        devices=1,
        callbacks=[plain],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    method = Fair().module(space, Recipe(1, batch_size, 0.01), given((SEED, 0)))
    trainer.fit(method, DataLoader(data, batch_size))
    fair, alone = np.array(plain.fair[1:]), np.array(plain.plain[1:])
    kept = _largest_share(method, plain, images[:batch_size], data.tensors[1][:batch_size])
    sys.stdout.write(
        f"fair step over {len(plain._networks)} plain steps at {resolution} px, batch {batch_size}: "
        f"{np.median(fair / alone):.3f} (min {np.min(fair / alone):.3f}, max {np.max(fair / alone):.3f}); "
        f"median {1e3 * np.median(fair):.1f} ms and {1e3 * np.median(alone):.1f} ms;"
        f" saved bytes {kept:.3f}\n"
    )


def _largest_share(method: PathsModule, plain: Plain, images: Tensor, labels: Tensor) -> float:
    """Return the bytes that a path keeps over those of its sub-network alone, the largest of all paths."""
    images, labels = channels_last(images.to(DEVICE)), labels.to(DEVICE)
    method.to(DEVICE).train()
    paths = fair_paths(method.supernet.space.options, np.random.default_rng([0, 0]))
    return max(
        saved_bytes(method, lambda path=path: next(method.losses(images, labels, path[None])))
        / saved_bytes(module, lambda module=module: nn.functional.cross_entropy(module(images), labels))
        for path, module in zip(paths, plain._modules, strict=True)
    )


if __name__ == "__main__":
    main()
