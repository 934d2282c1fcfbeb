"""What is listed as an operation and is none that a network could name is refused in one sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from mobilenas.ops import Conv, MBConv, Op, Pool, Skip
from mobilenas.ops.listed import by_name


class NoDataclass(Skip):
    name: ClassVar[str] = "no_dataclass"


@dataclass(frozen=True)
class Unnamed(Op):
    output = params = macs = key = build = Skip.output


@dataclass(frozen=True)
class Unfinished(Op):
    name: ClassVar[str] = "unfinished"
    output = macs = build = Skip.output


@dataclass(frozen=True)
class OtherPool(Pool):
    pass


NONE: Mapping[str, type[Op]] = {}


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (NoDataclass, f"{__name__}.NoDataclass is no dataclass: write @dataclass(frozen=True) above it"),
        (Unnamed, f'{__name__}.Unnamed has no name: add `name: ClassVar[str] = "..."`'),
        (Unfinished, f"{__name__}.Unfinished does not define key, params: add them"),
        (dict, "parts.OPS lists <class 'dict'>: list only classes with the base class Op"),
        (Skip(), "parts.OPS lists Skip(): list only classes with the base class Op"),
        ("conv", "parts.OPS lists 'conv': list only classes with the base class Op"),
    ],
)
def test_what_is_no_whole_operation_is_refused(thing: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}, or uninstall the package parts.$"):
        by_name([("parts", thing)], NONE)


def test_two_operations_of_one_name_are_refused() -> None:
    said = f"Two operations are called 'pool', mobilenas.ops.pool.Pool and {__name__}.OtherPool: give one of them anoth"
    with pytest.raises(ValueError, match=said):
        by_name([("mobilenas", Conv), ("mobilenas", Pool), ("parts", OtherPool)], NONE)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ValueError, match=r"called 'skip', mobilenas.ops.mbconv.MBConv and mobilenas.ops.skip.Skip: gi"):
        by_name([("parts", Skip)], {"skip": MBConv})


def test_an_operation_that_is_listed_twice_is_one() -> None:
    assert by_name([("mobilenas", Conv), ("parts", Conv), ("parts", Pool)], NONE) == {"conv": Conv, "pool": Pool}
