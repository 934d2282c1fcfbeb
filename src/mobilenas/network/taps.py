"""The maps of a backbone, by output stride: the image's side divided by the map's side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mobilenas.ops.shape import Shape

if TYPE_CHECKING:
    from mobilenas.network.layer import Layer


@dataclass(frozen=True)
class Tap:
    """A map within a backbone.

    Args:
        layer: the place of the layer
        part: the layer's ``output``, or what its ``expansion``, a 1x1 convolution, gives to its depthwise convolution
        shape: the shape of the map
    """

    layer: int
    part: Literal["output", "expansion"]
    shape: Shape


def last_map(layers: Sequence[Layer]) -> Tap:
    """Returns the output of the last layer, MobileNetV3's C5 (Sec. 6.3)."""
    return Tap(len(layers) - 1, "output", layers[-1].output)


def before_last_stride(layers: Sequence[Layer]) -> Tap:
    """Returns the last map before the backbone's last stride, MobileNetV3's C4 (Sec. 6.3).

    It lies within the block that has the stride, after its expansion. If the block begins with something else, it is
    the block's input.

    Raises:
        ValueError: no layer has a stride, or the first one has the last stride
    """
    place = last_stride(layers)
    if place == 0:
        raise ValueError(
            "a detector needs a backbone with a stride after its first layer: choose another network, or larger images"
            " (data.resolution)."
        )
    block = layers[place]
    if block.op.expands_first:
        expanded = block.op.widths().expansion
        assert expanded
        return Tap(place, "expansion", Shape(expanded, block.input.height, block.input.width))
    return Tap(place - 1, "output", block.input)


def first_map(layers: Sequence[Layer], stride: int) -> Tap:
    """Returns the output of the first layer whose map is ``stride`` times smaller than the image.

    Raises:
        ValueError: there is no such map
    """
    image = layers[0].input
    wanted = image.strided(image.channels, stride)
    for place, layer in enumerate(layers):
        if (layer.output.height, layer.output.width) == (wanted.height, wanted.width):
            return Tap(place, "output", layer.output)
    found = ", ".join(dict.fromkeys(f"{stride_between(image, layer.output)}" for layer in layers))
    raise ValueError(
        f"the backbone has no map with output stride {stride}, only with {found}: choose a network or a search space"
        " with more strides; scale=laptop and scale=cifar take two strides away, and scale.unstrided=0 keeps them."
    )


def stride_between(before: Shape, after: Shape) -> int:
    """Returns how many times smaller a map is; of a side of one pixel, only the other side can tell it."""
    return round(max(before.height / after.height, before.width / after.width))


def last_stride(layers: Sequence[Layer]) -> int:
    """Returns the place of the last layer with a stride; 0 if none has one."""
    found = (place for place, layer in enumerate(layers) if stride_between(layer.input, layer.output) > 1)
    return max(found, default=0)
