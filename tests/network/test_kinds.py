"""Kinds of operations as in MoGA's Fig. 1."""

import pytest
from torch import nn

from mobilenas.network.kinds import module_kind, operation_kind


@pytest.mark.parametrize(
    ("op", "weight", "kind"),
    [
        ("Conv", (24, 16, 1, 1), "conv 1x1"),
        ("FusedConv", (24, 16, 1, 1), "conv 1x1"),
        ("Conv", (16, 3, 3, 3), "conv kxk"),
        ("Conv", (16, 1, 5, 5), "depthwise conv"),
        ("Conv", (1, 1, 3, 3), "conv kxk"),
        ("Gemm", (10, 20), "linear"),
        ("GlobalAveragePool", (), "pooling"),
        ("Add", (), "elementwise"),
        ("HardSwish", (), "elementwise"),
        ("ReorderOutput", (), "layout"),
        ("Softmax", (), "other"),
    ],
)
def test_an_operation_has_a_kind(op: str, weight: tuple[int, ...], kind: str) -> None:
    assert operation_kind(op, weight) == kind


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        (nn.Conv2d(8, 16, 1), "conv 1x1"),
        (nn.Conv2d(8, 8, 3, groups=8), "depthwise conv"),
        (nn.Linear(3, 4), "linear"),
        (nn.AdaptiveAvgPool2d(1), "pooling"),
        (nn.BatchNorm2d(8), "normalization"),
        (nn.Hardswish(), "elementwise"),
        (nn.ChannelShuffle(2), "layout"),
    ],
)
def test_a_module_has_the_kind_of_what_it_computes(module: nn.Module, kind: str) -> None:
    assert module_kind(module) == kind
