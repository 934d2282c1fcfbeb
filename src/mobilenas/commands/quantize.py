"""``mobilenas-quantize`` writes a network with 8-bit numbers, and compares it with itself at 32 bits."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from math import sqrt
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mobilenas.files.paths import path_of
from mobilenas.files.whole import write_text
from mobilenas.network.arguments import RUN_HELP, WEIGHTS_HELP, add_photos, add_resolution, one_sentence
from mobilenas.network.describe import print_table
from mobilenas.quantization.worst import layer_in_words, worst_layers
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from mobilenas.network import NetworkSpec
    from mobilenas.quantization.variants import Variant
    from mobilenas.quantization.written import Written
    from mobilenas.training.scores import Scores

DEFAULT_RUNTIMES = ("litert", "onnx_runtime")
RUNTIME_NAMES = (*DEFAULT_RUNTIMES, "openvino")
SUFFIXES: Mapping[Variant, str] = MappingProxyType({"fp32": "-fp32", "int8": "-int8"})
MISSING = "—"


def main(arguments: Sequence[str] | None = None) -> None:
    """Quantizes the network that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        _quantize(options, parser.prog)


def _quantize(options: argparse.Namespace, prog: str) -> None:
    counts = {"--images": options.images, "--threads": options.threads, "--rounds": options.rounds}
    check_positive(prog, **counts)
    from mobilenas.commands.photos import check_center_share, photos_of

    check_center_share(options.center_share)
    from mobilenas.commands.weights import network_with_weights
    from mobilenas.data.labelled import seen_images
    from mobilenas.data.scored import calibration_folder, scored_folder
    from mobilenas.engine.base import cpu_name, int8_instructions
    from mobilenas.files.names import file_name
    from mobilenas.pipeline.places import check_folder
    from mobilenas.quantization.comparison import Trained, answers_to, normalized, quantized
    from mobilenas.quantization.runtimes import RUNTIMES

    check_folder("--out", options.out)
    network = network_with_weights(options.network, options.weights).at_resolution(options.resolution)
    if network.spec.head:
        raise ValueError(
            f"{network.spec.name} has the head {network.spec.head.name}, and this command compares networks for"
            " classification: add quantize=[litert,onnx_runtime] to the command of its run, whose page compares the"
            " files."
        )
    folder = scored_folder(options.photos)
    scored = calibration = photos_of(network, folder, options).labelled
    if (apart := calibration_folder(options.photos)) != folder:
        calibration = photos_of(network, apart, options).labelled
    chosen, others = calibration.spread(options.images, options.seed)
    if apart == folder:
        if not len(others):
            raise ValueError(
                f"{folder} has only {len(chosen)} images, and none is left to be scored: give smaller --images."
            )
        scored = others
    runtimes = [RUNTIMES[name] for name in options.engine or DEFAULT_RUNTIMES]
    for runtime in runtimes:
        runtime.check()
    trained = Trained(network.spec, network.build(), network.about, file_name(network.spec.name, ""))
    found = quantized(
        trained, runtimes, list(normalized(chosen)), partial(answers_to, scored), options.out, options.threads,
        options.rounds, SUFFIXES,
    )  # fmt: skip
    about = {
        "network": network.spec.name,
        "weights": network.origin,
        "resolution": scored.images.resolution,
        "calibration": f"{len(chosen)} images of {apart}",
        "scored": f"{len(scored)} images of {folder}",
        "device": cpu_name(),
        "int8_instructions": int8_instructions(),
        "threads": options.threads,
        "seen_images": seen_images(scored, network.trained_on),
    }
    write_text(options.out / "int8.json", json.dumps(_content(about, found, network.spec), indent=1) + "\n")
    _show(about, found, network.spec, options.out)


def _content(about: Mapping[str, object], found: Sequence[Written[Scores]], spec: NetworkSpec) -> dict[str, object]:
    return dict(about) | {
        "files": [
            {
                "file": one.path.name,
                "runtime": one.runtime.title,
                "precision": one.precision,
                "top1": one.scores.accuracy.top1,
                "top5": one.scores.accuracy.top5,
                "agreement": one.agreement(found),
                "latency_ms": one.latency_ms,
                "latency_std_ms": one.latency_std_ms,
                "size_mb": one.size_mb,
                "peak_memory_mb": one.peak_memory_mb,
                "kinds_ms": dict(one.kinds_ms),
                "signal_to_noise_db": {layer_in_words(layer, spec): noise for layer, noise in one.noise_db.items()},
            }
            for one in found
        ]
    }


def _show(about: Mapping[str, object], found: Sequence[Written[Scores]], spec: NetworkSpec, folder: Path) -> None:
    sys.stdout.write(
        f"network: {about['network']} with the weights of {about['weights']}, {about['resolution']} px\n"
        f"images: {about['calibration']} give the ranges, {about['scored']} are scored\n"
        f"device: {about['device']}, instructions for 8 bits: {about['int8_instructions']}\n"
    )
    if seen := about["seen_images"]:
        sys.stdout.write(f"caution: {seen:,} of these images have trained the weights, so accuracy is too high\n")
    print_table(_files(found))
    kinds = list(dict.fromkeys(kind for one in found for kind in one.kinds_ms))
    print_table(_kinds(found, kinds))
    for one in found:
        if one.noise_db:
            sys.stdout.write(f"least signal to noise, {one.runtime.title}: {worst_layers(one.noise_db, spec)}\n")
    if about["int8_instructions"] == "none":
        sys.stdout.write(
            "caution: this processor has no instructions for products of 8 bits, so that int8 may be slower here than"
            " fp32; its latency says nothing of phones.\n"
        )
    sys.stdout.write(f"files: {folder}\n")


def _files(found: Sequence[Written[Scores]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("file", overflow="fold")
    columns = ("top-1\n%", "top-5\n%", "same class\nas fp32 %", "latency\nms", "size\nMB", "memory\nMB")
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        top1, top5 = one.scores.accuracy.top1, one.scores.accuracy.top5
        error = sqrt(top1 * (1 - top1) / len(one.scores.labels))
        table.add_row(
            escape(one.path.name),
            f"{100 * top1:.1f}±{100 * error:.1f}",
            MISSING if top5 is None else f"{100 * top5:.1f}",
            f"{100 * one.agreement(found):.1f}",
            f"{one.latency_ms:.3g}±{one.latency_std_ms:.2g}",
            f"{one.size_mb:.2f}",
            MISSING if one.peak_memory_mb is None else f"{one.peak_memory_mb:.1f}",
        )
    return table


def _kinds(found: Sequence[Written[Scores]], kinds: Sequence[str]) -> Table:
    """Returns the milliseconds by kind of operation, which tell why 8 bits are faster or slower."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("ms by kind of operation", overflow="fold")
    for one in found:
        table.add_column(f"{one.runtime.title}\n{one.variant}", justify="right", no_wrap=True)
    for kind in kinds:
        table.add_row(kind, *(f"{one.kinds_ms[kind]:.2f}" if kind in one.kinds_ms else MISSING for one in found))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-quantize",
        description="Write a network with 8-bit weights and maps (int8), after training, with the ranges that some"
        " photos give; and compare it with the same network at 32 bits on the runtime itself: accuracy on other photos,"
        " latency, size, memory, time by kind of operation, and the layers that lose most.",
    )
    parser.add_argument("network", metavar="NETWORK", help=RUN_HELP)
    photos = "a folder with train and test or val: photos of train give the ranges, and the others are scored; or a"
    parser.add_argument(
        "photos", metavar="PHOTOS", type=path_of, help=f"{photos} folder with one folder of images for each class"
    )
    parser.add_argument("--out", type=path_of, metavar="FOLDER", required=True, help="where the files are written")
    parser.add_argument("--weights", metavar="W", help=WEIGHTS_HELP)
    by_default = " and ".join(DEFAULT_RUNTIMES)
    parser.add_argument("--engine", choices=RUNTIME_NAMES, action="append", help=f"a runtime; by default {by_default}")
    parser.add_argument("--images", type=int, metavar="N", default=100, help="photos that give ranges: %(default)s")
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="draws these photos: %(default)s")
    add_resolution(parser)
    add_photos(parser)
    parser.add_argument("--threads", type=int, metavar="N", default=1, help="threads of the runtime: %(default)s")
    rounds = "visits to each file in each of five measurements of latency: %(default)s"
    parser.add_argument("--rounds", type=int, metavar="N", default=12, help=rounds)
    return parser


if __name__ == "__main__":
    main()
