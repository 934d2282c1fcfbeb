"""What is written on a layer's block: ``E6 K5 SE`` for expansion ratio 6, kernel 5 and SE (MoGA, Fig. 8)."""

from mobilenas.network.spec import Layer


def short_label(layer: Layer) -> str:
    """A layer in a few letters; what a picture shows in another way, channels and strides, is left out."""
    return layer.look.label
