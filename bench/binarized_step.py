"""Seconds and saved bytes of ProxylessNAS's steps, divided by those of a compact network's training step.

``python -m bench.binarized_step``: within one run, in turns, in the same memory format and on one thread, the method's
own steps under Lightning beside plain training steps of the same paths, each built alone. Every step is forced onto one
of six paths that together have each candidate of each layer once; the zero operation is left out.
"""

import logging
import sys
import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from bench.clock import DEVICE, now
from bench.compact import Compact, balanced_paths, saved_bytes, six_candidates
from mobilenas.evaluation import Architecture
from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.method import Binarized, BinarizedModule
from mobilenas.method.binarized import Rule
from mobilenas.method.draw import Draw
from mobilenas.objective import LatencyLoss
from mobilenas.training.allocator import keep_freed_memory
from mobilenas.training.recipe import Recipe


class Steps(BinarizedModule):
    """The method on the balanced paths in turn; keeps the seconds of its steps, and of the plain ones."""

    def force(self, paths: Sequence[Architecture], all_paths: bool) -> None:
        self._paths, self._turn, self.seconds = paths, 0, {"plain": [], "weight": [], "architecture": []}
        self.bytes: dict[str, int] = {}
        self._compact = Compact(self.supernet.space, paths)
        self.architecture.sample = lambda: self._paths[self._turn % 6]  # type: ignore[method-assign]
        self._blocks: Iterator[int] = iter(())
        self.rule._draw = self._draw_all if all_paths else self._draw_two  # type: ignore[union-attr]

    def _draw_two(self, alpha: Tensor) -> Draw:
        block = next(self._blocks)
        options = (self._paths[self._turn % 6][block], self._paths[(self._turn + 3) % 6][block])
        return Draw(options, alpha[list(options)].softmax(0), 0)

    def _draw_all(self, alpha: Tensor) -> Draw:
        return Draw(tuple(range(6)), alpha.softmax(0), self._paths[self._turn % 6][next(self._blocks)])

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        begin = now()
        self._compact.step(self._turn % 6, images, labels)
        middle = now()
        super().step_weights(images, labels)
        self.seconds["plain"].append(middle - begin)
        self.seconds["weight"].append(now() - middle)

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        self._blocks = iter(range(len(self._paths[0])))
        begin = now()
        super().step_architecture(images, labels)
        self.seconds["architecture"].append(now() - begin)
        self._turn += 1

    def bytes_kept(self, images: Tensor, labels: Tensor) -> tuple[int, int]:
        """The bytes of a plain step and of an architecture step."""
        images, labels = images.to(DEVICE, memory_format=torch.channels_last), labels.to(DEVICE)
        self.to(DEVICE)
        self._turn = 0
        self._blocks = iter(range(len(self._paths[0])))
        plain = saved_bytes(self._compact.networks[0], lambda: self._compact.loss(0, images, labels))
        for weight in self.supernet.parameters():
            weight.requires_grad_(False)
        rule = saved_bytes(self, lambda: self.rule.loss(self.supernet, self.architecture, images, labels))
        return plain, rule


def measure(rule: Rule, resolution: int, batch_size: int, rounds: int) -> None:
    """Print the ratios of one rule at one resolution."""
    torch.manual_seed(0)
    space = six_candidates(resolution)
    table = LatencyTable(dict.fromkeys(layers_of(space), 1.0))
    images = torch.randn(batch_size * 6 * rounds, 3, resolution, resolution)
    labels = torch.randint(0, 1000, (len(images),))
    loader = DataLoader(TensorDataset(images, labels), batch_size)
    method = Steps(
        space,
        Recipe(1, batch_size, 0.01),
        ExpectedLatency(space, table),
        lambda start: iter([tuple(batch) for batch in loader]),
        Binarized(rule=rule, objective=LatencyLoss(0.001), lr=0.001, weight_steps=1),
    )
    method.force(balanced_paths(space), rule == "exact")
    trainer = pl.Trainer(
        max_epochs=1,
        accelerator="auto",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(method, loader)
    seconds = {name: np.array(values).reshape(rounds, 6)[1:].sum(1) for name, values in method.seconds.items()}
    plain_bytes, rule_bytes = method.bytes_kept(images[:batch_size], labels[:batch_size])
    ratios = {name: np.median(seconds[name] / seconds["plain"]) for name in ("weight", "architecture")}
    sys.stdout.write(
        f"{rule} at {resolution} px, batch {batch_size}: weight step {ratios['weight']:.3f}, architecture step "
        f"{ratios['architecture']:.3f} of a plain step ({1e3 * np.median(seconds['plain']) / 6:.1f} ms); saved bytes "
        f"{rule_bytes / plain_bytes:.3f}\n"
    )


def main(resolutions: Sequence[int] = (64, 112), batch_size: int = 32, rounds: int = 4) -> None:
    """Print both gradient rules at both resolutions; the first round only warms up."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    keep_freed_memory()  # as in training
    for resolution in resolutions:
        measure("two_path", resolution, batch_size, rounds)
        measure("exact", resolution, batch_size, rounds)


if __name__ == "__main__":
    main()
