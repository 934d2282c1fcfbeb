"""The noise that 8 bits add to the values of each layer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.quantization.runtime import ImageBatch, Runtime


def signal_to_noise_db(right: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Returns the power of values over the power of their error, in decibels; infinite without an error."""
    error = ((found.astype(np.float64) - right) ** 2).sum()
    power = (right.astype(np.float64) ** 2).sum()
    return float(10 * np.log10(power / error)) if error and power else float("inf")


def noise_db(
    runtime: Runtime, plain: bytes, int8: bytes, images: Sequence[ImageBatch], last: int | None
) -> dict[int, float]:
    """Returns the signal to noise of each layer's values in decibels, by the number of the layer.

    Args:
        runtime: runs the files
        plain: the file with 32 bits, which has the right values
        int8: the file with 8 bits
        images: images, each ``(1, C, H, W)``
        last: the number of the network's last layer; None if a head follows, which then counts as a layer
    """
    names = runtime.layer_names(plain, last)
    right, found = (runtime.layers(file, images, names) for file in (plain, int8))
    return {layer: signal_to_noise_db(right[layer], found[layer]) for layer in right if layer in found}
