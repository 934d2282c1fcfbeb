"""Writes a trained network as an ONNX file that describes itself and computes what torch computes."""

from collections.abc import Mapping
from pathlib import Path

import onnx
from torch import nn

from mobilenas.engine.export import check_onnx, to_onnx
from mobilenas.files.whole import replacing
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.result import ImageFormat
from mobilenas.report.usage import metadata

TOLERANCE = 1e-4


def export(spec: NetworkSpec, network: nn.Module, images: ImageFormat, path: Path) -> float:
    """Writes the file; returns the largest difference between its outputs and torch's, as ``check_onnx`` does.

    Args:
        spec: the network's description
        network: the module with its weights, in eval mode
        images: the format of the images that it was trained on
        path: path of the file

    Raises:
        ValueError: the difference is too large for an error of rounding
    """
    return write_onnx(spec, network, metadata(images), path)


def write_onnx(spec: NetworkSpec, network: nn.Module, about: Mapping[str, str], path: Path, batch: int = 1) -> float:
    """Writes the file as ``export`` does, with texts by name, for a number of images in a forward pass."""
    model = to_onnx(network, spec.input, spec.name, batch)
    error = _checked(spec.name, "ONNX", "onnxruntime", check_onnx(model, network, spec.input))
    onnx.helper.set_model_props(model, dict(about))
    with replacing(path) as new:
        onnx.save(model, new)
    return error


def write_tflite(spec: NetworkSpec, network: nn.Module, about: Mapping[str, str], path: Path, batch: int = 1) -> float:
    """Writes a TFLite file as ``write_onnx`` does; the texts are its metadata."""
    from mobilenas.engine.export.tflite import to_tflite
    from mobilenas.engine.litert_runner import check_tflite

    model = to_tflite(network, spec.input, spec.name, batch, about)
    error = _checked(spec.name, "TFLite", "ai-edge-litert", check_tflite(model, network, spec.input))
    with replacing(path) as new:
        new.write_bytes(model)
    return error


def _checked(name: str, form: str, package: str, error: float) -> float:
    """Returns the difference from torch; raises ValueError if it is too large for an error of rounding."""
    if not error <= TOLERANCE:
        raise ValueError(
            f"{name}: the {form} export differs from torch by {error:.2g}, more than {TOLERANCE:g}. Its weights may"
            f" not be finite, or the installed {package} has an error: try another version of {package}."
        )
    return error
