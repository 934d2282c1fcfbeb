"""The features of a layer for a latency predictor (ProxylessNAS Appendix B)."""

from collections.abc import Iterable

from mobilenas.network.layer import Layer


def layer_features(layer: Layer) -> dict[str, float]:
    """Returns features by name: type of the operator, sizes of its input and output, kernel, stride and expansion.

    For every operator type, the work that grows with each of these is a separate feature, in millions of elements or of
    multiply-adds. One more feature is 1 for this exact layer; it covers the time that the work does not explain.
    """
    return layer.op.features(layer.input) | {layer.key: 1.0} if layer.takes_time else {}


def check_features(layers: Iterable[Layer]) -> None:
    """Raises ValueError if a layer has no features for a predictor."""
    for layer in layers:
        layer_features(layer)
