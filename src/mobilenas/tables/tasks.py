"""The networks for detection and segmentation whose counts the papers print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mobilenas.network.backbone import Halving, OutputStride, dilated, halved, without_classifier
from mobilenas.network.heads import Head, SSDLite, heads
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_width
from mobilenas.ops import Conv, Shape
from mobilenas.ops.construct import construct

FEWEST = 16  # channels of an extra map; the authors' public code


@dataclass(frozen=True)
class PrintedTask:
    """What a network for detection or segmentation has instead of a classifier.

    Args:
        head: the head
        height: height of the image in pixels
        width: width of the image in pixels
        output_stride: the image's side divided by the side of the backbone's last map
        halving: what is halved in the blocks from the last stride on
        last_conv: whether the convolution of 1x1 after the last block stays
    """

    head: Head
    height: int
    width: int
    output_stride: OutputStride = 32
    halving: Halving = "none"
    last_conv: bool = True

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> PrintedTask:
        """Returns the task of a row, whose head is a line as in a network's YAML."""
        line = dict(fields["head"])
        return construct(cls, "task", {**fields, "head": heads()[line.pop("op")].parse(line)})


def printed_for_task(network: NetworkSpec, task: PrintedTask, width: float) -> NetworkSpec:
    """Returns a network for classification as the network for a task.

    Args:
        network: the network for classification
        task: its head, its image, and what it does to the backbone
        width: multiplies all channels, also those that it does not change for classification
    """
    backbone = without_classifier(network, task.last_conv)
    scaled = [replace(op, scaling="scaled") if isinstance(op, Conv) else op for op in backbone.ops]
    backbone = scale_width(replace(backbone, ops=tuple(scaled)), width)
    backbone = dilated(halved(backbone, task.halving), task.output_stride)
    image = Shape(network.input.channels, task.height, task.width)
    return replace(backbone, input=image, head=_scaled(task.head, width))


def _scaled(head: Head, width: float) -> Head:
    if not isinstance(head, SSDLite):
        return head
    return replace(head, extras=tuple(max(FEWEST, int(width * channels)) for channels in head.extras))
