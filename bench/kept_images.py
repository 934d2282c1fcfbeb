"""Scores a path of a supernet while images of files are decoded again each time, and while they are kept in memory.

``python -m bench.kept_images FOLDER OVERRIDES``, with a folder of photos. Both ways take turns on one architecture
around EfficientNet-Lite0; the scores are equal. Prints the medians of their seconds, and the ratio.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from statistics import median

import torch

from mobilenas.cli.composing import composed
from mobilenas.evaluator.supernet import SupernetAccuracy
from mobilenas.pipeline import plan
from mobilenas.supernet import Supernet

ROUNDS = 5


def main(folder: str, *overrides: str) -> None:
    every = ("experiment=around", "scale=full", f"data.root={folder}", "stages=[profile,supernet]", *overrides)
    settings = composed(*every)
    run = plan(settings, "", list(every)).run
    torch.manual_seed(0)
    supernet, architecture = Supernet(run.layerwise), (0,) * len(run.space.options)
    took: dict[str, list[float]] = {"decoded again": [], "kept": []}
    scores = set()
    kept = SupernetAccuracy(supernet, run.data, 256, 64, torch.device("cpu"))
    kept(architecture)  # decodes the images
    for _ in range(ROUNDS):
        again = SupernetAccuracy(supernet, replace(run.data), 256, 64, torch.device("cpu"))
        for name, accuracy in (("decoded again", again), ("kept", kept)):
            begin = time.perf_counter()
            scores.add(accuracy(architecture))
            took[name].append(time.perf_counter() - begin)
    (score,) = scores
    before, after = (median(seconds) for seconds in took.values())
    sys.stdout.write(f"top1 {score:.3f}: decoded again {before:.2f} s, kept {after:.2f} s, {before / after:.2f} x\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
