"""Squeeze widths, which each paper resolves differently."""

import pytest

from mobilenas.ops import SqueezeExcite

MOBILENET_V3 = SqueezeExcite(divisor=8)  # public code: make_divisible(expanded // 4, 8)
MOGA = SqueezeExcite()  # authors' code: floor(expanded / 4)
MNASNET = SqueezeExcite(of="input")  # public code: max(1, floor(input / 4))


@pytest.mark.parametrize(
    ("rule", "input", "expanded", "squeeze"),
    [
        (MOBILENET_V3, 24, 72, 24),
        (MOBILENET_V3, 40, 120, 32),
        (MOBILENET_V3, 160, 960, 240),
        (MOGA, 24, 72, 18),
        (MOGA, 40, 120, 30),
        (MOGA, 10, 30, 7),
        (MNASNET, 24, 72, 6),
        (MNASNET, 160, 960, 40),
        (MNASNET, 18, 72, 4),
        (MNASNET, 3, 18, 1),
    ],
)
def test_the_squeeze_width_is_the_papers(rule: SqueezeExcite, input: int, expanded: int, squeeze: int) -> None:
    assert rule.squeeze(input, expanded) == squeeze
