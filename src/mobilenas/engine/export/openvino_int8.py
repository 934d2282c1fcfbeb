"""Quantizes an OpenVINO model to 8 bits with NNCF."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from mobilenas.engine.openvino_packages import load_nncf, load_openvino
from mobilenas.quiet import without_advice


def to_openvino(model: onnx.ModelProto) -> Any:
    """Returns OpenVINO's model of a graph, with 32 bits.

    Constants are folded. ``Core.read_model`` leaves the weights of depthwise convolutions behind a reshape, and a
    quantized model of that kind computes them with 32 bits: EfficientNet-Lite0 then takes 7% longer.
    """
    openvino = load_openvino()
    with without_advice():
        return openvino.convert_model(BytesIO(model.SerializeToString()))


def to_int8_openvino(model: Any, batches: Iterable[NDArray[np.float32]], output: bool = False) -> Any:
    """Returns the model with weights and maps of 8 bits; its input and output stay numbers of 32 bits.

    Weights have a scale for each output channel and are signed. Maps have the range that they take on the calibration
    images, from the least to the largest value; NNCF's own way is an average of each image's range. Biases are not
    corrected, and the first convolution keeps all 8 bits.

    Args:
        model: the model that ``to_openvino`` made, which is not changed
        batches: calibration images, normalized, each ``(N, C, H, W)`` with the model's number of images
        output: whether the output is rounded to 8 bits too

    Raises:
        ValueError: NNCF is not installed
    """
    nncf, images = load_nncf(), list(batches)
    advanced = nncf.AdvancedQuantizationParameters(
        overflow_fix=nncf.OverflowFix.DISABLE,
        quantize_outputs=output,
        disable_bias_correction=True,
        activations_range_estimator_params=nncf.quantization.range_estimator.RangeEstimatorParametersSet.MINMAX,
    )
    with without_advice():
        return nncf.quantize(
            model,
            nncf.Dataset(images),
            preset=nncf.QuantizationPreset.MIXED,  # only maps have a zero point
            target_device=nncf.TargetDevice.CPU,
            subset_size=len(images),
            advanced_parameters=advanced,
        )


def with_rounded_ends(model: Any) -> Any:
    """Returns a model whose outputs are rounded too, changed so that it reads and writes 8 bits.

    A layer within a network has such an input and output. An end that is not rounded to 8 bits stays as it is.
    """
    (input,), outputs = model.get_parameters(), model.get_results()
    readers = [reader.get_node() for reader in input.output(0).get_target_inputs()]
    if [_is_rounding(reader) for reader in readers] == [True]:
        _read_int8(model, input, readers[0])
    for output in outputs:
        last = output.input_value(0).get_node()
        if _is_rounding(last):
            _write_int8(model, output, last)
    model.validate_nodes_and_infer_types()
    return model


def _read_int8(model: Any, input: Any, rounding: Any) -> None:
    """Puts an input of whole numbers, and what makes numbers of 32 bits of them, in the place of a rounded input."""
    operations = load_openvino().opset13
    least, step, _ = _range(rounding)
    whole = operations.parameter(input.get_output_shape(0), np.uint8)
    value = operations.convert(whole, "f32")
    if (zero := np.round(-least / step)).any():
        value = operations.subtract(value, operations.constant(zero))
    value = operations.multiply(value, operations.constant(step))
    for reader in rounding.output(0).get_target_inputs():
        reader.replace_source_output(value.output(0))
    model.add_parameters([whole])
    model.remove_parameter(input)


def _write_int8(model: Any, output: Any, rounding: Any) -> None:
    """Puts an output of whole numbers in the place of a rounded one."""
    operations = load_openvino().opset13
    *_, levels = _range(rounding)
    ends = [operations.constant(np.float32(value)) for value in (0, levels - 1)]
    whole = operations.fake_quantize(*(rounding.input_value(place) for place in range(3)), *ends, levels)
    whole.set_friendly_name(rounding.get_friendly_name())
    model.add_results([operations.result(operations.convert(whole, "u8"))])
    model.remove_result(output)


def _is_rounding(operation: Any) -> bool:
    return bool(operation.get_type_name() == "FakeQuantize")


def _range(rounding: Any) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Returns the least value, the step between two values, and their number."""
    least, most = (rounding.input_value(place).get_node().get_data() for place in (3, 4))
    levels = int(rounding.get_levels())
    return least, (most - least) / np.float32(levels - 1), levels
