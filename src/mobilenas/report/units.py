"""Writes figures as people read them."""

from math import ceil, floor, log10

UNKNOWN = "± ?"
"""Stands behind a figure whose error is not known."""


def in_millions(count: int) -> str:
    """Returns a count in millions with three significant digits: ``5.09``."""
    return significant(count / 1e6)


def significant(value: float, digits: int = 3) -> str:
    """Returns a figure with this number of significant digits, and never an exponent."""
    return f"{value:.{_decimals(value, digits)}f}"


def with_error(value: float, error: float | None) -> str:
    """Returns ``1.23 ± 0.02`` with the error rounded up, or ``1.23 ± ?`` if the error is not known."""
    if error is None:
        return f"{significant(value)} {UNKNOWN}"
    decimals = _decimals(value, 3)
    rounded_up = ceil(error * 10**decimals - 1e-9) / 10**decimals
    return f"{value:.{decimals}f} ± {rounded_up:.{decimals}f}"


def in_percent(share: float, error: float | None = None) -> str:
    """Returns a share in percent: ``75.9``, or ``75.9 ± 0.2``."""
    return f"{100 * share:.1f}" if error is None else f"{100 * share:.1f} ± {100 * error:.1f}"


def _decimals(value: float, digits: int) -> int:
    return max(0, digits - 1 - floor(log10(abs(value)))) if value else digits - 1
