"""``mobilenas-export`` writes a network with its weights in a format that other programs run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mobilenas.files.paths import path_of
from mobilenas.network.arguments import RUN_HELP, WEIGHTS_HELP, add_resolution, one_sentence
from mobilenas.network.heads import SSDLite
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from mobilenas.commands.weights import NetworkWithWeights
    from mobilenas.hardware import LatencyTable
    from mobilenas.network import NetworkSpec


def main(arguments: Sequence[str] | None = None) -> None:
    """Exports the network that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        check_positive(parser.prog, batch_size=options.batch_size)
        if options.out.is_dir():
            place = options.out / f"network.{options.to}"
            raise ValueError(f"{options.out} is a folder: name a file in it, for example {place}.")
        _check_free(options.out, options.force)
        from mobilenas.commands.weights import network_with_weights
        from mobilenas.report.anchors_file import anchors_path, write_anchors
        from mobilenas.report.model_explorer import NODES, latency_path, write_latencies

        network = network_with_weights(options.network, options.weights).at_resolution(options.resolution)
        table = _table(options.network, network.spec, options.batch_size)
        if isinstance(network.spec.head, SSDLite):
            _check_free(anchors_path(options.out), options.force)
        if table:
            _check_free(latency_path(options.out), options.force)
        difference = FORMATS[options.to](network, options.out, options.batch_size)
        size = options.out.stat().st_size / 1e6
        sys.stdout.write(
            f"{options.out}: {network.spec.name} with the weights of {network.origin}, for {options.batch_size} x"
            f" {network.spec.input}, {size:.2f} MB; outputs differ from torch's by at most {difference:.1e}\n"
        )
        if anchors := write_anchors(network.spec, options.out):
            sys.stdout.write(f"{anchors}: the anchors in the order of the outputs, in pixels of the image\n")
        if table:
            latencies = write_latencies(network.spec, table, options.out, NODES[options.to](options.out))
            sys.stdout.write(
                f"{latencies}: milliseconds of each layer by the run's latency table, for Model Explorer\n"
            )


def _check_free(path: Path, may_replace: bool) -> None:
    if path.exists() and not may_replace:
        raise ValueError(f"{path} is there already: give --force to replace it, or name another file.")


def _table(network: str, spec: NetworkSpec, batch: int) -> LatencyTable | None:
    """Returns the latency table of the run that an argument means, if it has all layers with this number of images."""
    from mobilenas.hardware import LatencyTable
    from mobilenas.stages.profile import TABLE

    folder = path_of(network)
    runs = (folder, folder.parent.parent) if folder.is_dir() else ()
    places = [run / stage / TABLE for run in runs for stage in ("adapt", "profile")]
    tables = (LatencyTable.load(place) for place in places if place.is_file())
    return next((table for table in tables if table.images == batch and table.has(spec.pieces)), None)


def _onnx(network: NetworkWithWeights, path: Path, batch: int) -> float:
    """Writes ONNX; returns the largest difference from torch's outputs."""
    from mobilenas.report.exporting import write_onnx

    return write_onnx(network.spec, network.build(), network.about, path, batch)


def _tflite(network: NetworkWithWeights, path: Path, batch: int) -> float:
    """Writes TFLite; returns the largest difference of LiteRT's outputs from torch's."""
    from mobilenas.engine.litert_profiler import litert_version
    from mobilenas.report.exporting import write_tflite

    litert_version()
    return write_tflite(network.spec, network.build(), network.about, path, batch)


FORMATS: Mapping[str, Callable[[NetworkWithWeights, Path, int], float]] = MappingProxyType(
    {"onnx": _onnx, "tflite": _tflite}
)
"""Writes a file in a format, for a number of images; returns the largest difference between its outputs and torch's."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-export",
        description="Write a network with its weights in a format that other programs run, and compare its outputs on"
        " random images with torch's. The file tells how images are normalized and the names of the classes, if they"
        " are known. A detector has its anchors in a second file *.anchors.csv. A run's network has the milliseconds"
        " of each layer by the run's latency table in a file *.latency.json, for Model Explorer.",
    )
    parser.add_argument("network", metavar="NETWORK", help=RUN_HELP)
    parser.add_argument("out", metavar="OUT", type=path_of, help="the file to write")
    parser.add_argument("--weights", metavar="W", help=WEIGHTS_HELP)
    parser.add_argument("--to", choices=list(FORMATS), default="onnx", help="the format: %(default)s")
    add_resolution(parser)
    parser.add_argument("--batch-size", type=int, metavar="N", default=1, help="images in a forward pass: %(default)s")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


if __name__ == "__main__":
    main()
