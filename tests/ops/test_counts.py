"""Counts, shapes and YAML of every operation, with odd settings."""

from collections.abc import Callable

import pytest
import torch

from mobilenas.network.layer import Layer
from mobilenas.ops import (
    UIB,
    Classifier,
    Conv,
    ConvBlock,
    MBConv,
    Norm,
    NormedClassifier,
    Op,
    Pool,
    Shape,
    Skip,
    SqueezeExcite,
    TreeBlock,
    operations,
)

ODD = Shape(12, 15, 9)

OPERATIONS: list[Op] = [
    Conv(16, kernel=3),
    Conv(16, kernel=5, stride=2, groups=4, bias=True),
    Conv(12, kernel=7, stride=3, groups=12, norm=False, act="none"),
    Conv(1, kernel=1, norm=False, bias=True),
    MBConv(16, kernel=3),
    MBConv(12, kernel=3, residual=True),
    MBConv(16, kernel=5, stride=2, expanded=36, act="h_swish"),
    MBConv(12, kernel=7, expanded=48, groups=3, residual=True),
    MBConv(16, kernel=3, groups=2),
    MBConv(16, kernel=3, expanded=37, se=SqueezeExcite()),
    MBConv(16, kernel=3, stride=3, expanded=40, se=SqueezeExcite(of="input", act="h_swish", gate="sigmoid")),
    MBConv(16, kernel=3, se=SqueezeExcite(ratio=0.5, divisor=8)),
    MBConv(16, kernel=3, expanded=24, se=SqueezeExcite(ratio=0.01)),
    MBConv(16, kernel=3, expanded=24, dilation=2),
    Conv(16, kernel=3, dilation=3),
    MBConv(12, kernel=5, stride=2, expanded=24, residual=True, shortcut="pooling"),
    ConvBlock(16, kernel=5, stride=2, se=SqueezeExcite(of="input", gate="sigmoid")),
    ConvBlock(12, kernel=3, residual=True),
    ConvBlock(12, kernel=3, stride=2, se=SqueezeExcite(), residual=True, shortcut="pooling"),
    TreeBlock(14, 5, ("separable_5", "dilated_3", "max_pool") * 4, stride=2),
    TreeBlock(12, 3),
    UIB(16, 36, start=5, middle=3, stride=2),
    UIB(12, 37, middle=5, act="h_swish", residual=True),
    UIB(16, 24, start=3, stride=3),
    UIB(12, 24, residual=True),
    Norm(),
    Pool(kernel=3, stride=2),
    Pool(kernel=5, mode="max"),
    Skip(),
    Classifier(classes=7),
    Classifier(classes=7, hidden=20, act="h_swish", dropout=0.5),
    Classifier(classes=7, hidden=20, hidden_bias=False),
    NormedClassifier(classes=7, hidden=20, act="h_swish", dropout=0.5),
]


def test_every_operation_has_a_case() -> None:
    assert {op.line()["op"] for op in OPERATIONS} == set(operations())


@pytest.mark.parametrize("op", OPERATIONS, ids=repr)
def test_counts_are_those_of_the_module(op: Op, torch_counts: Callable[[Layer], tuple[int, int]]) -> None:
    layer = Layer(op, ODD)
    assert (layer.params, layer.macs) == torch_counts(layer)


@pytest.mark.parametrize("op", OPERATIONS, ids=repr)
def test_the_module_puts_out_the_stated_shape(op: Op) -> None:
    layer = Layer(op, ODD)
    output = layer.build().eval()(torch.rand(2, ODD.channels, ODD.height, ODD.width))
    if op.is_head:
        output = output[:, :, None, None]
    assert tuple(output.shape) == (2, layer.output.channels, layer.output.height, layer.output.width)


@pytest.mark.parametrize("op", OPERATIONS, ids=repr)
def test_a_line_of_yaml_gives_the_operation_back(op: Op) -> None:
    fields = op.line()
    assert operations()[fields.pop("op")](fields, ODD) == op
