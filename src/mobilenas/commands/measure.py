"""``mobilenas-measure`` measures whole networks on this machine: latency with its spread, memory and size."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mobilenas.network.arguments import RUN_HELP, add_sizes, at_size, one_sentence
from mobilenas.network.describe import print_table
from mobilenas.settings.checks import check_positive

if TYPE_CHECKING:
    from mobilenas.commands.measuring import MeasuredNetwork
    from mobilenas.engine import Engine

MISSING = "—"
ENGINE_NAMES = (
    "onnx_runtime", "onnx_runtime-int8", "litert", "litert-int8", "openvino", "openvino-int8", "ncnn", "executorch",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures the networks that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        check_positive(parser.prog, threads=options.threads, batch_size=options.batch_size, rounds=options.rounds)
        from mobilenas.commands.networks import networks_of

        specs = [at_size(one.spec, options) for text in options.networks for one in networks_of(text)]
        from mobilenas.commands.measuring import measured
        from mobilenas.engine.base import cpu_name, int8_instructions

        engines = [_engine(name, options.threads, options.batch_size) for name in options.engine or ("onnx_runtime",)]
        found = measured(specs, engines, options.rounds)
        about = {"device": cpu_name(), "int8_instructions": int8_instructions()}
        about |= {"threads": str(options.threads), "batch": str(options.batch_size)}
        if options.json:
            sys.stdout.write(json.dumps(about | {"networks": [asdict(one) for one in found]}, indent=2) + "\n")
        else:
            print_table(_table(found, about))
        if options.out:
            from mobilenas.commands.measure_figures import write_all

            for path in write_all(found, specs, options.out):
                sys.stderr.write(f"{path}\n")


def _engine(name: str, threads: int, batch: int) -> Engine:
    """Returns an engine by its name on the command line; raises ValueError if it is not installed."""
    from mobilenas import engine

    name, _, host = name.partition("@")
    if name not in ENGINE_NAMES:
        raise ValueError(f"--engine must be one of {', '.join(ENGINE_NAMES)}, not {name!r}.")
    kind, _, precision = name.partition("-")
    if kind == "ncnn":
        if batch != 1:
            raise ValueError("ncnn runs one image at a time: leave out --batch-size, or choose another --engine.")
        found: Engine = engine.Ncnn(threads)
    elif kind == "executorch":
        found = engine.ExecuTorch(threads, batch)
    elif kind == "openvino":
        found = engine.OpenVino(threads, batch, "int8" if precision else "fp32")
    else:
        both = {"onnx_runtime": engine.OnnxRuntime, "litert": engine.LiteRT}
        found = both[kind](threads, batch, "int8" if precision else "fp32")
    if host:
        if not isinstance(found, engine.OnnxRuntime | engine.LiteRT):
            raise ValueError(f"{name} measures only this machine: on {host} choose onnx_runtime or litert.")
        found = engine.Host(found, host)
    _ = found.about
    return found


def _table(found: Sequence[MeasuredNetwork], about: Mapping[str, str]) -> Table:
    """Returns a row for each network on each engine, with the facts about the measurement above."""
    engines = ", ".join(dict.fromkeys(f"{one.engine.partition(' ')[0]} {one.version}" for one in found))
    devices = list(dict.fromkeys(one.device for one in found))
    title = f"{', '.join(devices)}, {engines}, threads {about['threads']}, images {about['batch']}"
    table = Table(title=escape(title), box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("network", overflow="fold")
    table.add_column("engine", overflow="fold")
    if len(devices) > 1:
        table.add_column("device", overflow="fold")
    for name in ("pixels", "latency\nms", "10%..90%\nms", "memory\nMB", "size\nMB", "params\nM", "multiply-\nadds M"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        size = MISSING if one.size_mb is None else f"{one.size_mb:.1f}"
        memory = MISSING if one.peak_memory_mb is None else f"{one.peak_memory_mb:.1f}"
        table.add_row(
            escape(one.name),
            one.engine,
            *([one.device] if len(devices) > 1 else []),
            str(one.resolution),
            f"{one.latency_ms:.3g}±{one.latency_std_ms:.2g}",
            f"{one.p10_ms:.3g}..{one.p90_ms:.3g}",
            *(memory, size, f"{one.params / 1e6:.2f}", f"{one.macs / 1e6:.1f}"),
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-measure",
        description="Measure whole networks on this machine, on one or more engines, in interleaved turns, with random"
        " weights. Latency is the time of one forward pass: the mean and the standard deviation of five measurements,"
        " each corrected for the machine's changing speed; beside it are the 10th and 90th percentile of all single"
        " forward passes. Memory is counted in a process of its own for each network: the most memory while it loads"
        " and runs the network, less what Python, NumPy and the engine held before. Size is that of the"
        " file that the engine runs.",
    )
    parser.add_argument(
        "networks", metavar="NETWORK", nargs="+", help=f"{RUN_HELP}; all networks of a run are measured"
    )
    engines = (
        f"the engine: {', '.join(ENGINE_NAMES)}; by default onnx_runtime. Give the option again for more, which are"
        " measured in turns. onnx_runtime@pi@raspberry runs on that machine, over ssh"
    )
    parser.add_argument("--engine", metavar="ENGINE[@HOST]", action="append", help=engines)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder for measured.csv and pictures: engines, time by operation"
    )
    add_sizes(parser)
    parser.add_argument("--threads", type=int, metavar="N", default=1, help="threads of the engine: %(default)s")
    parser.add_argument("--batch-size", type=int, metavar="N", default=1, help="images in a forward pass: %(default)s")
    parser.add_argument(
        "--rounds", type=int, metavar="N", default=12, help="visits to each network in each measurement: %(default)s"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


if __name__ == "__main__":
    main()
