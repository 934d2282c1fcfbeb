"""Checks of what a user gave: each raises a ValueError that names the owner, the field and what was found."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

LARGEST = 1_000_000_000
"""The largest number of channels, pixels and so on; what is beyond it would swallow the machine."""


def check_positive(owner: str, **numbers: object) -> None:
    """Raise ValueError unless every number is a whole number above zero."""
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{owner}: {name} must be a whole number above 0, not {value!r}.")
        _check_largest(owner, name, value)


def check_count(owner: str, **numbers: object) -> None:
    """Raise ValueError unless every number is whole, and 0 or more."""
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{owner}: {name} must be a whole number, 0 or more, not {value!r}.")
        _check_largest(owner, name, value)


def check_odd(owner: str, **numbers: int) -> None:
    """Raise ValueError unless every number is a whole, odd number above zero."""
    check_positive(owner, **numbers)
    for name, value in numbers.items():
        if value % 2 == 0:
            raise ValueError(f"{owner}: {name} must be odd, not {value}.")


def check_factor(owner: str, **numbers: object) -> None:
    """Raise ValueError unless every number is finite and above zero."""
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"{owner}: {name} must be a number above 0, not {value!r}.")
        _check_largest(owner, name, value)


def check_flags(owner: str, **flags: object) -> None:
    """Raise ValueError unless every flag is true or false."""
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ValueError(f"{owner}: {name} must be true or false, not {value!r}.")


def _check_largest(owner: str, name: str, value: float) -> None:
    if value > LARGEST:
        raise ValueError(f"{owner}: {name} must be at most {LARGEST:,}.")


@contextmanager
def located(place: str) -> Iterator[None]:
    """Put the place at fault before what a ValueError says."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
