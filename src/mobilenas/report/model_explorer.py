"""Writes what each layer takes by a latency table, for Model Explorer, which colours the nodes of an exported network.

Every node has the milliseconds of its whole layer: a table does not know the parts of a layer. Model Explorer's sums
and means over nodes would count a layer more than once, so that they are hidden.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from mobilenas.files.whole import write_text
from mobilenas.hardware import LatencyTable
from mobilenas.network.spec import NetworkSpec

ENDING = ".latency.json"
GRADIENT = ((0, "#ffffff"), (1, "#d1495b"))
"""The colours of the fastest and of the slowest layer."""

HIDDEN: Mapping[str, object] = MappingProxyType(
    {"hideAggregatedStats": ["sum", "avg"], "hideInChildrenStatsTable": True}
)
LAYER = re.compile(r"(\d+)[. ]")


def write_latencies(network: NetworkSpec, table: LatencyTable, exported: Path, nodes: Mapping[str, int]) -> Path:
    """Writes the file beside an exported network, and returns its path.

    Args:
        network: the network
        table: a latency table with its layers
        exported: path of the exported network
        nodes: the number of the layer of each node, by the node's name

    Raises:
        ValueError: the table has no row for a layer
    """
    path = latency_path(exported)
    write_text(path, json.dumps(node_data(network, table, nodes), indent=1) + "\n")
    return path


def latency_path(exported: Path) -> Path:
    """Returns the path of the file that belongs to an exported network."""
    return exported.with_name(exported.name + ENDING)


def layers_ms(network: NetworkSpec, table: LatencyTable) -> tuple[float, ...]:
    """Returns each layer's share of a network's predicted latency, and last that of the head if there is one.

    They lack only the table's constant.
    """
    parts = [layer.pieces for layer in network.layers]
    if network.head:
        parts.append(tuple(piece for layer in network.head_layers.values() for piece in layer.pieces))
    return tuple(sum(map(table.layer_ms, pieces)) for pieces in parts)


def node_data(network: NetworkSpec, table: LatencyTable, nodes: Mapping[str, int]) -> dict[str, object]:
    """Returns Model Explorer's custom node data: values by node, by the name of the graph."""
    took_ms = layers_ms(network, table)
    results = {node: {"value": float(f"{took_ms[layer]:.4g}")} for node, layer in nodes.items()}
    gradient = [{"stop": stop, "bgColor": colour} for stop, colour in GRADIENT]
    return {network.name: {"results": results, "gradient": gradient} | dict(HIDDEN)}


def onnx_nodes(path: Path) -> dict[str, int]:
    """Returns the number of the layer of each node of an exported ONNX file, by name."""
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    return dict(_numbered((node.name, (node.name,)) for node in graph.node))


def tflite_nodes(path: Path) -> dict[str, int]:
    """Returns the same of a TFLite file, where a node is known by its output; the last one by what it reads."""
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.Model.GetRootAs(path.read_bytes(), 0).Subgraphs(0)
    names = [graph.Tensors(number).Name().decode() for number in range(graph.TensorsLength())]
    operators = [graph.Operators(number) for number in range(graph.OperatorsLength())]
    ends = [([*one.OutputsAsNumpy()], [*one.InputsAsNumpy()]) for one in operators]
    return dict(_numbered((names[out], [names[one] for one in (out, *reversed(read))]) for (out,), read in ends))


NODES: Mapping[str, Callable[[Path], dict[str, int]]] = MappingProxyType({"onnx": onnx_nodes, "tflite": tflite_nodes})
"""Returns the number of the layer of each node of a file, by the name of its format."""


def _numbered(nodes: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[str, int]]:
    """Yields each node with the number of its layer, which begins one of some names; a node without one is left out."""
    for node, names in nodes:
        found = next((match for name in names if (match := LAYER.match(name))), None)
        if found:
            yield node, int(found[1])
