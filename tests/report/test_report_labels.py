"""What is written on the blocks of a drawing."""

import pytest

from mobilenas.network.layer import Layer
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Op, Pool, Shape, Skip, SqueezeExcite
from mobilenas.report.labels import short_label


@pytest.mark.parametrize(
    ("op", "label"),
    [
        (MBConv(32, kernel=5, expanded=96, se=SqueezeExcite()), "E6 K5 SE"),  # as in MoGA's Fig. 8
        (MBConv(32, kernel=7, expanded=48), "E3 K7"),
        (MBConv(80, kernel=3, expanded=40), "E2.5 K3"),  # MobileNetV3-Large has such ratios
        (MBConv(80, kernel=3, expanded=37), "E2.3 K3"),
        (MBConv(16, kernel=3, expanded=16, groups=2), "E1 K3 G2"),  # FBNet's, with its first 1x1 convolution
        (MBConv(16, kernel=3), "sep K3"),
        (Conv(16, kernel=3, stride=2), "conv K3"),
        (Conv(16, kernel=3, groups=16), "conv K3 G16"),
        (ConvBlock(16, kernel=5), "conv K5"),
        (ConvBlock(16, kernel=3, se=SqueezeExcite(of="input")), "conv K3 SE"),
        (Skip(), "skip"),
        (Pool(kernel=3, mode="max"), "max pool K3"),
        (Classifier(10), "pool → 10"),
        (Classifier(10, hidden=64), "pool → 64 → 10"),
    ],
)
def test_a_label_follows_from_the_layer(op: Op, label: str) -> None:
    assert short_label(Layer(op, Shape(16, 8, 8))) == label
