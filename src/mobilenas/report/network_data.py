"""The data of the chosen networks and of the baselines, for the scripts of the page."""

from collections.abc import Mapping

from mobilenas.evaluation import Evaluation
from mobilenas.files.names import file_name
from mobilenas.report.paths import DrawnLayers
from mobilenas.report.result import BaselineResult, NetworkResult, RunResult


def network_data(
    network: NetworkResult, result: RunResult, places: Mapping[Evaluation, int], cells: DrawnLayers
) -> dict[str, object]:
    """Returns the figures of a chosen network, its layers and the names of its files, by name."""
    return {
        "name": network.name,
        "place": places.get(network.evaluation) if network.evaluation else None,
        "path": cells.path(network.spec),
        "params": network.spec.params,
        "macs": network.spec.macs,
        "predicted": network.predicted_ms,
        "predictedError": network.predicted_rmse_ms,
        "measured": network.measured_ms,
        "measuredError": network.measured_std_ms,
        "test": network.test_accuracy,
        "testError": result.test_error(network.test_accuracy),
        "files": files_of(network),
    }


def files_of(network: NetworkResult) -> list[str]:
    """Returns the names of the files beside the page that belong to a network."""
    onnx = [file_name(network.name, ".onnx")] if network.onnx_error is not None else []
    return list(dict.fromkeys([*onnx, file_name(network.name, ".yaml"), *(one.file for one in network.files)]))


def baseline_data(baseline: BaselineResult) -> dict[str, object]:
    """Returns the figures of a baseline, by name."""
    return {
        "name": baseline.name,
        "network": baseline.network,
        "latency": baseline.latency_ms,
        "latencyError": baseline.latency_std_ms,
        "test": baseline.test_accuracy,
        "params": baseline.params,
        "macs": baseline.macs,
    }
