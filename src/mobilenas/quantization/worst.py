"""The layers that lose most by 8 bits, in words."""

from collections.abc import Mapping

from mobilenas.network.describe import op_in_words
from mobilenas.network.spec import NetworkSpec

WORST_LAYERS = 5


def worst_layers(noise_db: Mapping[int, float | None], spec: NetworkSpec) -> str:
    """Returns the layers with the least signal to noise, the worst first: ``layer 3 (mbconv 5x5) 16.1 dB, ...``.

    Args:
        noise_db: signal to noise in decibels by the number of the layer; None without any noise
        spec: the network
    """
    noisy = {layer: noise for layer, noise in noise_db.items() if noise is not None}
    worst = sorted(noisy.items(), key=lambda item: item[1])[:WORST_LAYERS]
    return ", ".join(f"{layer_in_words(layer, spec)} {noise:.1f} dB" for layer, noise in worst)


def layer_in_words(layer: int, spec: NetworkSpec) -> str:
    """Returns a layer's number and operation: ``layer 3 (mbconv 5x5)``; the head comes after the last layer."""
    if spec.head and layer == len(spec.layers):
        return f"the head ({spec.head.name})"
    return f"layer {layer} ({op_in_words(spec.layers[layer].op)})"
