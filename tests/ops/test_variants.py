"""An operation with other kernels and expansion ratios."""

from itertools import product

import pytest

from mobilenas.ops import UIB, Classifier, Conv, ConvBlock, MBConv, Norm, Op, Shape, Skip, SqueezeExcite

INPUT = Shape(24, 8, 8)


def test_an_inverted_bottleneck_has_every_kernel_with_every_expansion_in_a_fixed_order() -> None:
    block = MBConv(24, 5, act="relu6", expanded=144, residual=True)
    found = block.variants((7, 3, 5), (6.0, 3.0), INPUT)
    assert [(one.expanded, one.kernel) for one in found] == list(product((72, 144), (3, 5, 7)))
    assert found[4] == block
    assert {(one.act, one.residual, one.out) for one in found} == {("relu6", True, 24)}


def test_a_block_of_another_kind_than_its_variants_is_one_more() -> None:
    block = MBConv(40, 9, stride=2, expanded=100, se=SqueezeExcite())
    found = block.variants((3,), (3.0, 6.0), INPUT)
    assert [(one.expanded, one.kernel) for one in found] == [(72, 3), (100, 9), (144, 3)]
    assert all(one.se == SqueezeExcite() and one.stride == 2 for one in found)


@pytest.mark.parametrize(
    ("ratio", "own", "channels"),
    [
        (2.5, 60, 60),  # 2.5 x 24, no multiple of 8
        (2.5, 72, 64),  # 60 rounded to a multiple of 8
        (3.0, 60, 72),
    ],
)
def test_channels_are_multiples_of_8_but_for_the_blocks_own(ratio: float, own: int, channels: int) -> None:
    block = MBConv(24, 3, expanded=own)
    assert {one.expanded for one in block.variants((3,), (ratio,), INPUT)} == {own, channels}


def test_without_an_expansion_only_the_kernel_varies() -> None:
    found = MBConv(16, 3).variants((3, 5), (3.0, 6.0), INPUT)
    assert [(one.expanded, one.kernel) for one in found] == [(None, 3), (None, 5)]


def test_groups_divide_the_channels_of_every_variant() -> None:
    found = MBConv(24, 3, expanded=72, groups=12).variants((3,), (1.0, 2.0, 3.0, 6.0), INPUT)
    assert [one.expanded for one in found] == [24, 48, 72, 144]
    found = MBConv(24, 3, expanded=72, groups=3).variants((3,), (1.7,), INPUT)  # 40 channels
    assert [one.expanded for one in found] == [72]


@pytest.mark.parametrize(
    ("block", "kernels"),
    [
        (UIB(24, 48, start=3, middle=5), {(start, middle) for start in (3, 5) for middle in (3, 5)}),
        (UIB(24, 48, middle=3), {(None, 3), (None, 5)}),
        (UIB(24, 48, start=3), {(3, None), (5, None)}),
        (UIB(24, 48), {(None, None)}),
    ],
)
def test_a_universal_bottleneck_varies_the_depthwise_convolutions_that_it_has(
    block: UIB, kernels: set[tuple[int | None, int | None]]
) -> None:
    found = block.variants((3, 5), (2.0, 4.0), INPUT)
    assert len(found) == 2 * len(kernels)
    for expanded in (48, 96):
        assert {(one.start, one.middle) for one in found if one.expanded == expanded} == kernels


def test_a_block_with_a_plain_convolution_varies_its_kernel() -> None:
    assert [one.kernel for one in ConvBlock(24, 3).variants((5, 3), (3.0,), INPUT)] == [3, 5]


@pytest.mark.parametrize("op", [Conv(24, 3), Norm(), Skip(), Classifier(10)], ids=lambda op: op.name)
def test_what_is_no_block_stays_as_it_is(op: Op) -> None:
    assert op.variants((3, 5, 7), (3.0, 6.0), INPUT) == (op,)
