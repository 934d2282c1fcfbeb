"""``mobilenas-describe`` prints the layers of a network, with their shapes and counts, as a table or as JSON."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mobilenas.network.arguments import NETWORK_HELP, add_sizes, at_size, one_sentence
from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Op

_NARROWEST, _UNLIMITED = 80, 1000  # columns: what the figures need, and more than any line has


def main(arguments: Sequence[str] | None = None) -> None:
    """Describes the network that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        network = at_size(load_network(options.network), options)
        if options.json:
            sys.stdout.write(json.dumps(as_dict(network), indent=2) + "\n")
        else:
            print_table(as_table(network))


def as_dict(network: NetworkSpec) -> dict[str, object]:
    """Returns name, input, counts and layers of a network as plain values; the head's layers have names as index."""
    return {
        "name": network.name,
        "input": asdict(network.input),
        "padding": network.padding,
        "params": network.params,
        "macs": network.macs,
        "layers": [
            {
                "index": index,
                "operation": layer.op.line(),
                "input": asdict(layer.input),
                "output": asdict(layer.output),
                "params": layer.params,
                "macs": layer.macs,
            }
            for index, layer in _numbered(network)
        ],
    }


def as_table(network: NetworkSpec) -> Table:
    """Returns a table with a row for each layer, and the totals; the share is the share of the multiply-adds."""
    padding = "" if network.padding == "symmetric" else f", padding {network.padding}"
    table = Table(
        title=escape(f"{network.name} at {network.input}{padding}"), box=SIMPLE_HEAD, show_footer=True, padding=0
    )
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("operation", "total", overflow="fold")
    table.add_column("input", justify="right", no_wrap=True)
    table.add_column("output", justify="right", no_wrap=True)
    table.add_column("params", f"{network.params:,}", justify="right", no_wrap=True)
    table.add_column("multiply-\nadds", f"{network.macs:,}", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    for index, layer in _numbered(network):
        share = f"{layer.macs / max(network.macs, 1):.1%}"
        shapes = str(layer.input), str(layer.output)
        table.add_row(str(index), op_in_words(layer.op), *shapes, f"{layer.params:,}", f"{layer.macs:,}", share)
    return table


def _numbered(network: NetworkSpec) -> Iterator[tuple[int | str, Layer]]:
    """Yields the layers with their numbers, and then those of the head with their names."""
    yield from enumerate(network.layers)
    yield from network.head_layers.items()


def op_in_words(op: Op) -> str:
    """Returns an operation and its settings that are not the default as one phrase: ``mbconv 5x5, stride 2, SE``."""
    fields = op.line()
    kernel = f" {fields['kernel']}x{fields['kernel']}" if "kernel" in fields else ""
    said = ("op", "kernel", "out", "classes")
    rest = {name: value for name, value in fields.items() if name not in said}
    return ", ".join([f"{fields['op']}{kernel}", *_phrases(rest)])


def _phrases(fields: Mapping[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        words = name.replace("_", " ")
        if isinstance(value, bool):
            yield words if value else f"no {words}"
        elif name == "se":
            yield "SE"
        elif name == "act":
            yield str(value)
        else:
            yield f"{words} {value}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobilenas-describe", description="Print the layers and counts of a network.")
    parser.add_argument("network", metavar="NETWORK", help=NETWORK_HELP)
    add_sizes(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def print_table(table: Table) -> None:
    """Prints at the terminal's width; in a pipe or file, each layer has one line."""
    console = Console(highlight=False)
    console.width = max(console.width, _NARROWEST) if console.is_terminal else _UNLIMITED
    console.print(table)


if __name__ == "__main__":
    main()
