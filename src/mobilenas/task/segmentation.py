"""Segmentation: the class of each pixel (MobileNetV3 Sec. 6.4)."""

from dataclasses import replace
from typing import Literal

from mobilenas.network import NetworkSpec
from mobilenas.network.backbone import dilated, halved, without_classifier
from mobilenas.network.heads import LRASPP, RASPP
from mobilenas.settings import Channels, settings
from mobilenas.task.base import Task


@settings
class Segmentation(Task):
    """Networks end with R-ASPP or LR-ASPP, and are compared by the mean intersection over union.

    Args:
        head: ``lr_aspp`` (Fig. 10) or ``r_aspp`` (MobileNetV2)
        filters: channels of the branches, F in Table 7
        output_stride: the image's side divided by the side of the backbone's last map; 16 dilates the last stage
        halving: what is halved from the block with the last stride on: ``none``, ``channels`` or ``expansions`` (RF2)
        last_conv: whether convolutions of 1x1 after the last block stay; null keeps them if the classifier has a hidden
            layer, as MobileNetV3's, because other networks have their hidden layer there
        act: the activation of the head
    """

    name = "segmentation"
    learns = "masks"
    score_name = "mIoU"
    second_name = "pixel accuracy"
    heads = (RASPP, LRASPP)

    head: Literal["lr_aspp", "r_aspp"] = "lr_aspp"
    filters: Channels = 128
    output_stride: Literal[16, 32] = 16
    halving: Literal["none", "channels", "expansions"] = "none"
    last_conv: bool | None = None
    act: Literal["relu", "relu6", "h_swish"] = "relu"

    def _made(self, network: NetworkSpec, classes: int) -> NetworkSpec:
        hidden = bool(getattr(network.ops[-1], "hidden", None))
        backbone = without_classifier(network, hidden if self.last_conv is None else self.last_conv)
        backbone = dilated(halved(backbone, self.halving), self.output_stride)
        kind = LRASPP if self.head == "lr_aspp" else RASPP
        return replace(backbone, head=kind(classes, self.filters, self.act))
