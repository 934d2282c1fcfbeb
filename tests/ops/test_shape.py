"""Shapes and the rounding of channels."""

import pytest

from mobilenas.ops import Shape, make_divisible


@pytest.mark.parametrize(("stride", "expected"), [(1, (15, 9)), (2, (8, 5)), (3, (5, 3)), (20, (1, 1))])
def test_a_padded_stride_rounds_up(stride: int, expected: tuple[int, int]) -> None:
    assert Shape(3, 15, 9).strided(5, stride) == Shape(5, *expected)


def test_a_shape_reads_as_channels_height_width() -> None:
    assert str(Shape(3, 224, 192)) == "3x224x192"


@pytest.mark.parametrize("side", [0, -1, 1.5, "224", True])
def test_a_side_that_is_no_whole_number_is_refused(side: object) -> None:
    with pytest.raises(ValueError, match="height must be a whole number above 0"):
        Shape(3, side, 224)


# MobileNetV2's rule; the squeeze widths are those that MobileNetV3's public code gives 72, 120, 96 and 144.
@pytest.mark.parametrize(
    ("value", "expected"),
    [(72 // 4, 24), (120 // 4, 32), (96 // 4, 24), (144 // 4, 40), (16 * 0.35, 8), (11, 16), (36, 40), (3, 8)],
)
def test_channels_are_never_more_than_a_tenth_below(value: float, expected: int) -> None:
    assert make_divisible(value, 8) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.2, 1), (18, 18), (18.5, 19), (183.99999999999997, 184)])
def test_a_divisor_of_one_rounds_to_whole_channels(value: float, expected: int) -> None:
    assert make_divisible(value, 1) == expected
