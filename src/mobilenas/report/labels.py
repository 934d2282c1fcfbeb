"""The label on a layer's block: ``E6 K5 SE`` for expansion ratio 6, kernel 5 and SE (MoGA, Fig. 8)."""

from mobilenas.network.layer import Layer


def short_label(layer: Layer) -> str:
    """Returns a layer in a few letters, without channels and strides, which the picture shows in another way."""
    return layer.look.label
