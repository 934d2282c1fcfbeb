"""A fair step on a GPU: all candidates of a layer at once from a recorded graph, beside one path after another.

``python -m bench.side_by_side``: MoGA's space at several resolutions; both ways in turns, within one run. Prints the
medians of their milliseconds, the ratio, and the largest memory of each.
"""

import sys
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from bench.clock import now
from mobilenas.method import fair_paths
from mobilenas.method.side_by_side import SideBySide
from mobilenas.search_space import MoGA
from mobilenas.supernet import Supernet

WAYS, ROUNDS = ("one by one", "at once"), 5
SIZES = ((32, 128), (64, 128), (112, 128), (224, 32))
"""Resolutions, and numbers of images in a step."""


def main() -> None:
    """Print the figures of each size, in single precision and in bfloat16."""
    if not torch.cuda.is_available():
        sys.exit("bench.side_by_side needs a GPU.")
    warnings.filterwarnings("ignore")
    for precision in (torch.float32, torch.bfloat16):
        for resolution, batch_size in SIZES:
            sys.stdout.write(f"{resolution} px, batch {batch_size}, {precision}\n")
            _measure(resolution, batch_size, precision)


def _measure(resolution: int, batch_size: int, precision: torch.dtype) -> None:
    steps = {way: _step(way, resolution, batch_size, precision) for way in WAYS}
    memory = {}
    for way, step in steps.items():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        held, begin = torch.cuda.memory_reserved(), now()
        for _ in range(2):
            step()
        sys.stdout.write(f"  {way}: the first two steps took {now() - begin:.1f} s\n")
        memory[way] = (torch.cuda.max_memory_reserved() - held) / 2**30
    took: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for way, step in steps.items():
            begin = now()
            step()
            took[way].append(1e3 * (now() - begin))
    ratio = median(together / alone for alone, together in zip(*took.values(), strict=True))
    told = (f"{way} {median(took[way]):.1f} ms, {memory[way]:.1f} GiB" for way in WAYS)
    sys.stdout.write(f"  {'; '.join(told)}; ratio {ratio:.3f}\n")
    sys.stdout.flush()


def _step(way: str, resolution: int, batch_size: int, precision: torch.dtype) -> Callable[[], Tensor]:
    torch.manual_seed(0)
    space = MoGA(dropout=0.0).space(resolution=resolution)
    supernet = Supernet(space).to("cuda", memory_format=torch.channels_last).train()
    images = torch.randn(batch_size, 3, resolution, resolution, device="cuda").to(memory_format=torch.channels_last)
    labels = torch.randint(0, 1000, (batch_size,), device="cuda")
    optimizer = torch.optim.SGD(supernet.parameters(), 0.01, 0.9)
    rng = np.random.default_rng(0)
    together = SideBySide(supernet, cross_entropy, lambda loss: loss.backward())

    def step() -> Tensor:
        optimizer.zero_grad()
        paths = fair_paths(space.options, rng)
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == torch.bfloat16):
            if way == WAYS[0]:
                losses = []
                for path in paths:
                    loss = cross_entropy(supernet(images, path), labels)
                    loss.backward()
                    losses.append(loss.detach())
                found = torch.stack(losses)
            else:
                found = together.gradients(images, labels, paths)
        optimizer.step()
        return found

    return step


if __name__ == "__main__":
    main()
