"""What a latency predictor sees of a layer (ProxylessNAS Appendix B)."""

from collections.abc import Iterable

from mobilenas.network.spec import Layer


def layer_features(layer: Layer) -> dict[str, float]:
    """Features by name: type of the operator, sizes of its input and output, kernel, stride and expansion.

    Work that grows with each of these is a feature of its own for every operator type, in millions of elements or of
    multiply-adds; a further one, 1 for this very layer, takes up what that work does not explain.
    """
    return layer.op.features(layer.input) | {layer.key: 1.0} if layer.takes_time else {}


def check_features(layers: Iterable[Layer]) -> None:
    """Raise ValueError for a layer that a predictor can say nothing of."""
    for layer in layers:
        layer_features(layer)
