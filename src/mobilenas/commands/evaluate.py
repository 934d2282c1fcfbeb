"""``mobilenas-evaluate`` scores a network with its weights on a folder of labelled images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mobilenas.files.paths import path_of
from mobilenas.network.arguments import RUN_HELP, WEIGHTS_HELP, add_photos, add_resolution, one_sentence
from mobilenas.network.describe import print_table
from mobilenas.settings.checks import check_positive
from mobilenas.settings.words import counted

if TYPE_CHECKING:
    from mobilenas.training.scores import Scores

ENGINE_NAMES = ("torch", "onnx_runtime", "litert")


def main(arguments: Sequence[str] | None = None) -> None:
    """Scores the network that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        _evaluate(options, parser.prog)


def _evaluate(options: argparse.Namespace, prog: str) -> None:
    check_positive(prog, **{"--batch-size": options.batch_size})
    from mobilenas.commands.photos import check_center_share, photos_of

    check_center_share(options.center_share)
    from mobilenas.commands.score_files import write_scores
    from mobilenas.commands.scores import ENGINES
    from mobilenas.commands.weights import network_with_weights
    from mobilenas.data.labelled import seen_images
    from mobilenas.data.scored import scored_folder
    from mobilenas.pipeline.places import check_folder
    from mobilenas.training.scores import score

    if options.out:
        check_folder("--out", options.out)
    network = network_with_weights(options.network, options.weights).at_resolution(options.resolution)
    if network.spec.head:
        from mobilenas.commands.evaluate_head import evaluate_head

        evaluate_head(network, options)
        return
    folder = scored_folder(options.data, options.split)
    photos = photos_of(network, folder, options)
    labelled = photos.labelled
    batch_size = min(options.batch_size, len(labelled))
    scores = score(ENGINES[options.engine](network, batch_size), labelled, batch_size)
    summary = {
        "network": network.spec.name,
        "weights": network.origin,
        "data": str(folder),
        "engine": options.engine,
        "images": len(labelled),
        "seen_images": seen_images(labelled, network.trained_on),
        "classes": len(set(labelled.labels.tolist())),
        "left_out": dict(photos.left_out),
        "resolution": labelled.images.resolution,
        "center_share": options.center_share,
        "normalization": list(labelled.normalization.six),
        "top1": scores.accuracy.top1,
        "top5": scores.accuracy.top5,
        "images_per_second": len(labelled) / scores.seconds,
        "network_images_per_second": len(labelled) / scores.network_seconds,
    }
    if options.per_class:
        print_table(_table(scores))
    sys.stdout.write("".join(f"{name}: {text}\n" for name, text in _told(scores, summary).items()))
    if options.out:
        write_scores(scores, summary, options.out)
        sys.stdout.write(f"files: {options.out}\n")


def _told(scores: Scores, summary: dict[str, object]) -> dict[str, str]:
    """Returns what is printed, by name."""
    count, classes, accuracy = len(scores.labels), len(set(scores.labels.tolist())), scores.accuracy
    told = {
        "data": f"{summary['data']}, {counted(count, 'image')} of {counted(classes, 'class')}",
        "network": f"{summary['network']} with the weights of {summary['weights']}, {summary['resolution']} px,"
        f" {summary['engine']}",
    }
    if seen := summary["seen_images"]:
        told["caution"] = f"{seen:,} of these images have trained the weights, so accuracy is too high"
    for name, share in (("top-1", accuracy.top1), ("top-5", accuracy.top5)):
        if share is not None:
            told[name] = f"{share:.2%} ± {sqrt(share * (1 - share) / count):.2%} (standard error)"
    alone = count / scores.network_seconds
    told["speed"] = f"{count / scores.seconds:.1f} images/s with reading, {alone:.1f} images/s by the network alone"
    return told


def _table(scores: Scores) -> Table:
    from mobilenas.commands.score_files import class_rows

    rows = class_rows(scores)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("class", overflow="fold")
    for name in ("images", "top-1\n%", "top-5\n%")[: 3 if scores.accuracy.top5 is not None else 2]:
        table.add_column(name, justify="right", no_wrap=True)
    for name, images, *shares in rows:
        table.add_row(escape(name), f"{images:,}", *(f"{share:.1%}"[:-1] for share in shares if share is not None))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-evaluate",
        description="Score a network with its weights on labelled images: top-1 and top-5 accuracy (top-5 if it has"
        " more than 5 classes), and images a second. A detector is scored by COCO's mean average precision, and a"
        " segmenter by the mean intersection over union.",
    )
    parser.add_argument("network", metavar="NETWORK", help=RUN_HELP)
    parser.add_argument(
        "data",
        metavar="DATA",
        type=path_of,
        help="a folder with one folder of images for each class, or with some of the folders train, val and test; for a"
        " detector a folder with COCO's JSON, for a segmenter one with images and masks, Cityscapes or PASCAL VOC",
    )
    parser.add_argument("--weights", metavar="W", help=WEIGHTS_HELP)
    parser.add_argument("--split", choices=("train", "val", "test"), help="by default test, or val if there is no test")
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="torch", help="what runs the network: %(default)s")
    add_resolution(parser)
    add_photos(parser)
    parser.add_argument("--batch-size", type=int, metavar="N", default=64, help="images in a forward pass: %(default)s")
    ignored = "labels of mask pixels that do not count, with commas; by default those that the training ignored, or 255"
    parser.add_argument("--ignored", metavar="N", help=ignored)
    parser.add_argument("--per-class", action="store_true", help="print the accuracy of each class too")
    out = (
        "write per_class.csv, confusion.csv, confusion.png and summary.json into this folder; for a detector or a"
        " segmenter per_class.csv and summary.json"
    )
    parser.add_argument("--out", type=path_of, metavar="FOLDER", help=out)
    return parser


if __name__ == "__main__":
    main()
