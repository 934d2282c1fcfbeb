"""Quantizes a TFLite file to 8 bits with AI Edge Quantizer."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mobilenas.engine.export.tflite_graph import SIGNATURE
from mobilenas.engine.litert_profiler import quantizer_version
from mobilenas.quiet import quiet


def to_int8_tflite(model: bytes, batches: Iterable[NDArray[np.float32]], threads: int = 1) -> bytes:
    """Returns the file with weights and maps of 8 bits, the input and the output too.

    Weights have a scale for each output channel. Maps have the range that they take on the calibration images, from
    the least to the largest value; the quantizer's own way, an average of each image's range, loses accuracy.

    Args:
        model: the file that ``to_tflite`` made
        batches: calibration images, normalized, each ``(N, C, H, W)`` with the file's number of images
        threads: number of threads that compute the ranges

    Raises:
        ValueError: the quantizer is not installed
    """
    quantizer_version()
    from ai_edge_quantizer.calibrator import Calibrator
    from ai_edge_quantizer.quantizer import Quantizer
    from ai_edge_quantizer.recipe import static_wi8_ai8
    from ai_edge_quantizer.recipe_manager import RecipeManager
    from ai_edge_quantizer.utils.qsv_utils import min_max_update

    recipe = RecipeManager()
    recipe.load_quantization_recipe(static_wi8_ai8())
    images = [{"input": batch.transpose(0, 2, 3, 1)} for batch in batches]
    with quiet(), warnings.catch_warnings(action="ignore"):  # of a way of running it that is meant for this
        calibrator = Calibrator(model, threads, qsv_update_func=min_max_update)
        calibrator.calibrate({SIGNATURE: images}, recipe)
        quantizer = Quantizer(model)
        quantizer.load_quantization_recipe(static_wi8_ai8())
        result = quantizer.quantize(
            calibrator.get_model_qsvs(), enable_progress_bar=False, enable_progress_report=False
        )
    return bytes(result.quantized_model)
