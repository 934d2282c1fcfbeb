"""What a latency predictor sees of an operation (ProxylessNAS Appendix B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobilenas.ops.base import Op
    from mobilenas.ops.shape import Shape


def features_of(op: Op, input: Shape) -> dict[str, float]:
    """The features of an operation of one part: how often it comes, sizes of its input and output, multiply-adds."""
    return of_kind(op.name, sizes_of(op, input) | {"multiply-adds": op.macs(input) / 1e6})


def sizes_of(op: Op, input: Shape) -> dict[str, float]:
    """Sizes of the input and the output, in millions of elements."""
    output = op.output(input)
    area_in, area_out = input.height * input.width / 1e6, output.height * output.width / 1e6
    return {"count": 1.0, "input": input.channels * area_in, "output": output.channels * area_out}


def of_kind(kind: str, work: Mapping[str, float]) -> dict[str, float]:
    """Work by name as features of one type of operator."""
    return {f"{kind} {name}": value for name, value in work.items()}
