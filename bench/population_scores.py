"""Scores of the generations of a real search: one path after another over a tree of shared prefixes.

python -m bench.population_scores experiment=moga algorithm.population=70    # in the folder where this run is complete
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch

from bench.clock import now
from mobilenas.cli.composing import composed
from mobilenas.data import TaskData
from mobilenas.evaluation import Architecture
from mobilenas.evaluator import SupernetAccuracy, SupernetScoring
from mobilenas.evaluator.prefix_tree import PrefixTree
from mobilenas.pipeline import plan
from mobilenas.stages import SearchRecord
from mobilenas.supernet import Supernet, load_supernet
from mobilenas.training.accuracy import recalibrate, top1


def main(overrides: Sequence[str]) -> None:
    settings = composed(*overrides)
    run, scoring = plan(settings, "", overrides).run, settings.evaluator
    assert isinstance(scoring, SupernetScoring)
    record = SearchRecord.load(run.folder / "search", run.space)
    supernet = load_supernet(run.layerwise, run.folder / "supernet" / "supernet.safetensors").eval()
    device, told = run.training.device, [one.architecture for one in record.told]
    shared = SupernetAccuracy(supernet, run.data, scoring.calibration_images, scoring.batch_size, device)
    sys.stdout.write("generation  paths  layers that are left  one by one, s  tree, s  one by one / tree\n")
    total = [0.0, 0.0]
    for number, (begin, end) in enumerate(pairwise((0, *record.rounds)), 1):
        population = told[begin:end]
        if not population:
            continue
        started = now()
        alone = dict(one_by_one(supernet, population, run.data, scoring, device))
        middle = now()
        together = shared.of(population)
        seconds = (middle - started, now() - middle)
        if alone != together:
            raise ValueError(f"Generation {number} has other accuracies.")
        left = PrefixTree(supernet, population).layers / (len(population) * len(supernet.layers))
        total = [before + own for before, own in zip(total, seconds, strict=True)]
        sys.stdout.write(
            f"{number:10}  {len(population):5}  {left:20.1%}  {seconds[0]:13.2f}  {seconds[1]:7.2f}"
            f"  {seconds[0] / seconds[1]:17.2f}\n"
        )
    sys.stdout.write(f"all: {total[0] / total[1]:.2f}\n")


def one_by_one(
    supernet: Supernet,
    population: Sequence[Architecture],
    data: TaskData,
    scoring: SupernetScoring,
    device: torch.device,
) -> Iterator[tuple[Architecture, float]]:
    """Yields each architecture with the accuracy of its path as a network of its own."""
    for architecture in population:
        path = supernet.path(architecture).to(device).to(memory_format=torch.channels_last)
        recalibrate(path, data.calibration_batches(scoring.calibration_images, scoring.batch_size), device)
        yield architecture, top1(path, data.eval_loader("search", scoring.batch_size), device)


if __name__ == "__main__":
    main(sys.argv[1:])
