"""Scores a detector or a segmenter with its weights on images with boxes or masks."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from torch import Tensor

from mobilenas.commands.photos import normalization_of_weights
from mobilenas.commands.score_files import as_csv
from mobilenas.commands.scores import ENGINES
from mobilenas.commands.weights import NetworkWithWeights
from mobilenas.cores import available_cores
from mobilenas.data.dense import coco_splits, read_cityscapes, read_coco, read_mask_folders, read_voc
from mobilenas.data.dense.annotated_images import DenseListing, fixed_batches
from mobilenas.data.dense.coco import CocoListing
from mobilenas.data.marks import count_seen, marks_of
from mobilenas.files.whole import write_text
from mobilenas.network.describe import print_table
from mobilenas.network.heads import SSDLite
from mobilenas.progress import Progress
from mobilenas.settings.words import counted
from mobilenas.task.learner import TaskScore, learner_of
from mobilenas.task.targets import IGNORED

MISSING = "—"


def evaluate_head(network: NetworkWithWeights, options: argparse.Namespace) -> None:
    """Prints the scores, and writes them into a folder if the options name one.

    Args:
        network: the network
        options: those of ``mobilenas-evaluate``

    Raises:
        ValueError: the images, their classes or an option is wrong
    """
    for option, is_given in (("--classes", options.classes), ("--center-share", options.center_share != 1.0)):
        if is_given:
            raise ValueError(f"{option} is for classification, and {network.spec.name} has a head: leave it out.")
    split, listing = _listing(network, options)
    if isinstance(listing, CocoListing) and not listing.count:
        raise ValueError(f"The images of the split {split} in {options.data} have no object: nothing can be scored.")
    classes = _checked_classes(network, listing, options.data)
    normalization = normalization_of_weights(options.normalization, network)
    spec, batch_size = network.spec, min(options.batch_size, len(listing.names))
    size = (spec.input.height, spec.input.width)
    batches = fixed_batches(listing, size, normalization, batch_size, available_cores())
    run, device = ENGINES[options.engine](network, batch_size)
    learner, begin = learner_of(spec), time.perf_counter()
    with Progress("evaluating", len(listing.names), "image", console=Console(stderr=True)) as bar:

        def shown(images: Tensor) -> Any:
            found = run(images)
            for _ in images:
                bar.advance()
            return found

        score = learner.score(shown, batches, device)
    summary = {
        "network": spec.name,
        "weights": network.origin,
        "data": str(options.data),
        "split": split,
        "engine": options.engine,
        "images": len(listing.names),
        "seen_images": _seen(network, listing),
        "classes": len(classes),
        "left_out": dict(listing.left_out),
        "height": size[0],
        "width": size[1],
        "normalization": list(normalization.six),
        learner.score_name: score.value,
        **score.others,
        "images_per_second": len(listing.names) / (time.perf_counter() - begin),
    }
    if options.per_class:
        print_table(_table(classes, score, learner.score_name))
    _print(summary, score, learner.score_name)
    if options.out:
        rows = list(zip(classes, score.by_class, strict=True))
        write_text(options.out / "per_class.csv", as_csv(("class", learner.score_name), rows))
        write_text(options.out / "summary.json", json.dumps(summary, indent=1) + "\n")
        sys.stdout.write(f"files: {options.out}\n")


def _listing(network: NetworkWithWeights, options: argparse.Namespace) -> tuple[str, DenseListing]:
    """Returns the name of the split that is scored, and its images."""
    found = _splits(network, options)
    chosen = options.split or next((name for name in ("test", "val") if name in found), None)
    if chosen is None:
        raise ValueError(f"{options.data} has only the images of training: give --split train to score them.")
    if chosen not in found:
        raise ValueError(f"{options.data} has no split {chosen}: choose from {', '.join(found)} with --split.")
    return chosen, found[chosen]


def _splits(network: NetworkWithWeights, options: argparse.Namespace) -> Mapping[str, DenseListing]:
    root: Path = options.data
    if isinstance(network.spec.head, SSDLite):
        return {split: read_coco(*files) for split, files in coco_splits(root, needs_train=False).items()}
    if (root / "leftImg8bit").is_dir():
        return read_cityscapes(root)
    if any(root.glob("**/ImageSets/Segmentation")):
        return read_voc(root)
    ignored = network.ignored if options.ignored is None else _labels(options.ignored)
    return read_mask_folders(root, (IGNORED,) if ignored is None else ignored, needs_train=False)


def _labels(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(one) for one in text.split(",")) if text else ()
    except ValueError:
        found = (-1,)
    if not all(0 <= one <= 255 for one in found):
        raise ValueError(f"--ignored must be whole numbers from 0 to 255 with commas between them, not {text!r}.")
    return found


def _checked_classes(network: NetworkWithWeights, listing: DenseListing, data: Path) -> Sequence[str]:
    """Returns the classes of the images; raises ValueError unless they are the network's, in its order."""
    if network.classes is not None and tuple(network.classes) != listing.classes:
        raise ValueError(
            f"{data} has the classes {', '.join(listing.classes)}, and {network.origin} was trained on"
            f" {', '.join(network.classes)}, in this order: give images with these classes."
        )
    if len(listing.classes) != network.spec.classes:
        raise ValueError(
            f"{data} has {counted(len(listing.classes), 'class')}, and {network.spec.name} has"
            f" {network.spec.classes}: give images with as many."
        )
    return listing.classes


def _seen(network: NetworkWithWeights, listing: DenseListing) -> int:
    """Returns how many of the images have trained the weights."""
    return count_seen(lambda: marks_of(listing.contents), network.trained_on)


def _print(summary: Mapping[str, Any], score: TaskScore, name: str) -> None:
    told = {
        "data": f"{summary['data']}, {counted(summary['images'], 'image')} of the split {summary['split']},"
        f" {counted(summary['classes'], 'class')}",
        "network": f"{summary['network']} with the weights of {summary['weights']}, {summary['height']} x"
        f" {summary['width']} px, {summary['engine']}",
    }
    if seen := summary["seen_images"]:
        told["caution"] = f"{seen:,} of these images have trained the weights, so the score is too high"
    for key, share in {name: score.value, **score.others}.items():
        told[key] = MISSING if share is None else f"{share:.2%}"
    told["speed"] = f"{summary['images_per_second']:.1f} images/s with reading and scoring"
    sys.stdout.write("".join(f"{key}: {text}\n" for key, text in told.items()))


def _table(classes: Sequence[str], score: TaskScore, name: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("class", overflow="fold")
    table.add_column(f"{name}\n%", justify="right", no_wrap=True)
    for one, share in zip(classes, score.by_class, strict=True):
        table.add_row(escape(one), MISSING if share is None else f"{100 * share:.1f}")
    return table
