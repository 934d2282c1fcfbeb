"""The suite of spaces tries other values of every setting."""

from typing import Literal

import pytest

from mobilenas.settings import Positive, Share, aside, settings
from mobilenas.testing.other_settings import other_settings


@settings
class Sample:
    """One field of each kind."""

    flag: bool = True
    count: Positive = 1
    share: Share = 0.5
    kind: Literal["plain", "residual"] = "plain"
    names: tuple[str, ...] = ("a", "b")
    widths: tuple[Positive, ...] = (4,)
    limit: Positive | None = None
    folder: str = aside("here")

    def __post_init__(self) -> None:
        if not self.widths:
            raise ValueError("Sample: widths must have a number.")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("flag", [False]),
        ("count", [2, 2]),  # neither 0 nor itself
        ("share", [0.25, 0.6, 0.4]),  # 1.0 is not below 1
        ("kind", ["residual"]),
        ("names", [("a",)]),
        ("widths", [(8,), (2,), (5,), (3,)]),
        ("limit", [1]),
    ],
)
def test_other_values_of_a_field_are_those_that_the_settings_allow(field: str, values: list[object]) -> None:
    assert [getattr(other, field) for other in other_settings(Sample())[field]] == values


def test_a_field_that_no_result_depends_on_is_left_out() -> None:
    assert "folder" not in other_settings(Sample())
