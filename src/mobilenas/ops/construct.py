"""From the fields of a YAML mapping to a frozen value, with errors in plain words."""

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from mobilenas.ops.shape import Shape, make_divisible
from mobilenas.settings.checks import check_factor, check_positive
from mobilenas.settings.words import shown

T = TypeVar("T")


def construct(kind: type[T], name: str, fields: object, also: tuple[str, ...] = ()) -> T:
    """``kind(**fields)``, with a ValueError in plain words for a field that is unknown or missing.

    Args:
        kind: the class
        name: names it in errors
        fields: what stands in the YAML
        also: further fields that the YAML may have, which were replaced in ``fields``
    """
    known = inspect.signature(kind).parameters
    if not isinstance(fields, Mapping):
        raise ValueError(f"{name} must be a mapping of {', '.join(known)}, not {shown(fields)}.")
    for field in fields:
        if field not in known:
            every = (*known, *also)
            close = get_close_matches(str(field), every, 1)
            hint = f"did you mean {close[0]!r}? It" if close else "it"
            raise ValueError(f"{name} has no field {field!r}; {hint} has {', '.join(every) or 'none'}.")
    for field, parameter in known.items():
        if field not in fields and parameter.default is parameter.empty:
            raise ValueError(f"{name} needs the field {field!r}.")
    return kind(**fields)


def expanded_by(ratio: float, input: Shape, own: int) -> int:
    """The channels of an expansion ratio: ``own`` if it has this ratio exactly, otherwise a multiple of 8."""
    channels = ratio * input.channels
    return own if own == channels else make_divisible(channels, 8)


def with_expanded(name: str, fields: Mapping[str, Any], input: Shape) -> dict[str, object]:
    """The fields with the ``expansion`` ratio as ``expanded`` channels, which ``divisor`` divides.

    Raises:
        ValueError: one of these numbers is wrong, or ``divisor`` stands beside ``expanded``
    """
    fields = dict(fields)
    if fields.get("expanded") is None:
        expansion, divisor = fields.pop("expansion"), fields.pop("divisor", 1)
        check_factor(name, expansion=expansion)
        check_positive(name, divisor=divisor)
        fields["expanded"] = make_divisible(input.channels * expansion, divisor)
    elif "divisor" in fields:
        raise ValueError(f"{name}: divisor rounds the product of expansion, and expanded is exact: leave divisor out.")
    return fields
