"""The axes of a chart: their ends, and round figures at their ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

TICKS = 5
"""About as many ticks as an axis has."""

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
"""The steps between ticks, times a power of ten."""

_ROUNDING = 1e-9  # of a step, by which a tick may lie beyond the end of its axis


@dataclass(frozen=True)
class Axis:
    """An axis with a linear scale.

    Args:
        title: the title, with the unit of the figures
        low: the figure at its left or lower end
        high: the figure at its other end
        as_percent: whether ticks are shares, written in percent
        count: about as many ticks
    """

    title: str
    low: float
    high: float
    as_percent: bool = False
    count: int = TICKS

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise ValueError(f"An axis must have two finite ends, the lower one first, not {self.low}, {self.high}.")

    @classmethod
    def around(
        cls, title: str, figures: Iterable[float], margin: float = 0.06, as_percent: bool = False, count: int = TICKS
    ) -> Axis:
        """Returns an axis with all figures, and a margin at both ends as a share of their range."""
        found = list(figures)
        wide = (max(found) - min(found)) or abs(max(found)) or 1.0
        return cls(title, min(found) - margin * wide, max(found) + margin * wide, as_percent, count)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round figures between the ends, at equal distances."""
        step = self._step
        first, last = ceil(self.low / step - _ROUNDING), floor(self.high / step + _ROUNDING)
        return tuple(number * step for number in range(first, last + 1))

    @property
    def labels(self) -> tuple[str, ...]:
        """The ticks in words, all with as many decimals as their distance needs."""
        scale, unit = (100.0, "%") if self.as_percent else (1.0, "")
        decimals = next(n for n in range(20) if _is_whole(self._step * scale * 10**n))
        return tuple(f"{tick * scale + 0.0:.{decimals}f}{unit}" for tick in self.ticks)

    def share(self, figure: float) -> float:
        """Returns where a figure stands: 0 at the lower end, 1 at the other one."""
        return (figure - self.low) / (self.high - self.low)

    @property
    def _step(self) -> float:
        rough = (self.high - self.low) / self.count
        power = 10.0 ** floor(log10(rough))
        return power * min(STEPS, key=lambda step: abs(log10(step * power / rough)))


def _is_whole(figure: float) -> bool:
    return abs(figure - round(figure)) < 1e-6 * max(1.0, abs(figure)) and round(figure) != 0
