"""What Model Explorer reads: a value for each node of an exported network, by the network's latency table."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema

from mobilenas.hardware import LatencyTable
from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.report.exporting import write_onnx, write_tflite
from mobilenas.report.model_explorer import layers_ms, onnx_nodes, tflite_nodes, write_latencies

Exported = tuple[Path, dict[str, int]]


@pytest.fixture(scope="module")
def network() -> NetworkSpec:
    return set_resolution(load_network("mobilenet_v3_small"), 32)


@pytest.fixture(scope="module")
def table(network: NetworkSpec) -> LatencyTable:
    rng = np.random.default_rng(0)
    rows = {layer.key: float(rng.uniform(1, 2)) for layer in network.pieces}
    return LatencyTable(rows, overhead_ms=0.125, factor=0.75, corrections=dict.fromkeys(rows, 0.0625))


@pytest.fixture(scope="module", params=["onnx", "tflite"])
def exported(
    request: pytest.FixtureRequest, network: NetworkSpec, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    torch.manual_seed(0)
    module, path = network.build().eval(), tmp_path_factory.mktemp("exported") / f"v3.small.{request.param}"
    write: Callable[..., float] = {"onnx": write_onnx, "tflite": write_tflite}[request.param]
    write(network, module, {}, path)
    return path, {"onnx": onnx_nodes, "tflite": tflite_nodes}[request.param](path)


def keys_of(path: Path) -> set[str]:
    """What Model Explorer's adapters know nodes by: the name of an ONNX node, the output tensor of an operator."""
    if path.suffix == ".onnx":
        return {node.name for node in onnx.load(path).graph.node}
    (graph,) = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0)).subgraphs
    return {graph.tensors[number].name.decode() for one in graph.operators for number in one.outputs}


def test_every_node_has_the_milliseconds_of_its_layer(
    exported: Exported, network: NetworkSpec, table: LatencyTable
) -> None:
    path, nodes = exported
    written = write_latencies(network, table, path, nodes)
    assert written.name == f"{path.name}.latency.json"
    found = json.loads(written.read_text())[network.name]
    assert found["results"].keys() == keys_of(path)
    expected = [sum(table.layer_ms(piece) for piece in layer.pieces) for layer in network.layers]
    for node, result in found["results"].items():
        number = len(network.layers) - 1 if node == "output" else int(node.split(".")[0].split(" ")[0])
        assert result == {"value": pytest.approx(expected[number], rel=1e-3)}
    assert [one["stop"] for one in found["gradient"]] == [0, 1]
    assert found["hideAggregatedStats"] == ["sum", "avg"]


def test_the_layers_add_up_to_the_prediction_without_the_constant(
    exported: Exported, network: NetworkSpec, table: LatencyTable
) -> None:
    path, nodes = exported
    results = json.loads(write_latencies(network, table, path, nodes).read_text())[network.name]["results"]
    by_layer = {nodes[node]: result["value"] for node, result in results.items()}
    assert by_layer.keys() == set(range(len(network.layers)))
    assert sum(by_layer.values()) == pytest.approx(table.latency_ms(network) - 0.125, rel=1e-3)
    assert sum(layers_ms(network, table)) == pytest.approx(table.latency_ms(network) - 0.125)


def test_a_table_of_other_layers_is_refused(exported: Exported, network: NetworkSpec) -> None:
    path, nodes = exported
    with pytest.raises(ValueError, match="has no row for"):
        write_latencies(network, LatencyTable({}), path, nodes)
