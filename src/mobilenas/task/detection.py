"""Detection: the boxes of objects and their classes (MobileNetV3 Sec. 6.3)."""

from dataclasses import replace
from typing import Literal

from mobilenas.network import NetworkSpec
from mobilenas.network.backbone import halved, without_classifier
from mobilenas.network.heads import SSDLite
from mobilenas.settings import Channels, Fraction, Positive, ProperShare, settings
from mobilenas.task.base import Task


@settings
class Detection(Task):
    """Networks end with SSDLite, and are compared by COCO's mean average precision.

    Args:
        halving: what is halved from the block with the last stride on: ``none``; the ``channels`` of all blocks and the
            expansions of the blocks after it (the daggers of Table 6); or its own expansion too, ``expansions``
        last_conv: whether convolutions of 1x1 after the last block stay
        extras: channels of the maps that are made after the backbone's, each half as large as the one before
        anchors: number of boxes at each place of each map: 2, 3, 4 or 6
        act: the activation of the head
        least_scale: size of the anchors of the first map, as a share of the image's sides; small objects need a smaller
            one. Where a map has three anchors, its square has half this size
        most_scale: the same of the last map
    """

    name = "detection"
    learns = "boxes"
    score_name = "mAP"
    second_name = "mAP at .5"
    heads = (SSDLite,)

    halving: Literal["none", "channels", "expansions"] = "none"
    last_conv: bool = True
    extras: tuple[Channels, ...] = SSDLite.extras
    anchors: tuple[Positive, ...] = SSDLite.anchors
    act: Literal["relu", "relu6", "h_swish"] = "relu6"
    least_scale: ProperShare = SSDLite.least_scale
    most_scale: Fraction = SSDLite.most_scale

    def __post_init__(self) -> None:
        if min(self.extras, default=2) < 2:
            raise ValueError("Detection: extras must be 2 or more each, because a layer before them has half of each.")
        self._head(2)

    def _made(self, network: NetworkSpec, classes: int) -> NetworkSpec:
        backbone = halved(without_classifier(network, self.last_conv), self.halving)
        return replace(backbone, head=self._head(classes))

    def _head(self, classes: int) -> SSDLite:
        return SSDLite(classes, self.extras, self.anchors, self.act, self.least_scale, self.most_scale)
