"""The error of a latency table: its predictions beside the measured latencies of whole networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mobilenas.files.text import columns_of, parse_number, read_table, write_table
from mobilenas.hardware.kind_errors import KindError, kind_errors
from mobilenas.settings.kinds import LONGEST_MS

SHRINKAGE = 0.1  # like one more network, of a tenth of the latency, whose layers take as long as measured alone
LEAST_FACTOR = 1 / 3  # a smaller factor, or one above 3, is noise; with a factor below 0 wider layers would be faster
LEAST_MS = 1e-6
"""A time that no network is measured below, in milliseconds."""

COLUMNS = ("measured_ms", "predicted_ms", "uncorrected_ms")


@dataclass(frozen=True)
class Validation:
    """A table's predictions for networks that had no part in its making (MoGA Fig. 4).

    Args:
        measured_ms: latency of each network, run as a whole
        predicted_ms: latency of each network, predicted by the table
        uncorrected_ms: the plain sum of the rows for each network; empty if there is no such sum
        kinds_ms: predicted milliseconds of each kind of layers in each network; empty if they are not known
    """

    measured_ms: tuple[float, ...]
    predicted_ms: tuple[float, ...]
    uncorrected_ms: tuple[float, ...] = ()
    kinds_ms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.measured_ms) == len(self.predicted_ms) > 0:
            raise ValueError("A validation needs a measured and a predicted latency for each network.")
        if self.uncorrected_ms and len(self.uncorrected_ms) != len(self.measured_ms):
            raise ValueError("A validation needs an uncorrected latency for each network, or for none.")

    @property
    def rmse_ms(self) -> float:
        """The root mean square error of the predictions."""
        return _rmse(self.predicted_ms, self.measured_ms)

    @property
    def relative_rmse(self) -> float:
        """The root mean square error divided by the mean measured latency."""
        return self.rmse_ms / float(np.mean(self.measured_ms))

    @property
    def uncorrected_relative_rmse(self) -> float:
        """The same for the plain sum of the rows."""
        return _rmse(self.uncorrected_ms, self.measured_ms) / float(np.mean(self.measured_ms))

    @property
    def kendall_tau(self) -> float:
        """Kendall's rank correlation in [-1, 1]: pairs in the right minus pairs in the wrong order, over all pairs."""
        predicted, measured = _orders(self.predicted_ms), _orders(self.measured_ms)
        return float((predicted * measured).sum() / max(np.abs(measured).sum(), 1.0))

    @property
    def kind_errors(self) -> tuple[KindError, ...]:
        """What each kind of layers takes more or less within networks than predicted, the largest share first."""
        return kind_errors(self.kinds_ms, self.predicted_ms, self.measured_ms)

    @property
    def facts(self) -> dict[str, str]:
        """The error in words, for the head of a file."""
        errors = {"rmse_ms": self.rmse_ms, "relative_rmse": self.relative_rmse, "kendall_tau": self.kendall_tau}
        if self.uncorrected_ms:
            errors["uncorrected_relative_rmse"] = self.uncorrected_relative_rmse
        found = {"validation_networks": str(len(self.measured_ms))}
        found |= {name: f"{error:.4g}" for name, error in errors.items()}
        if self.kind_errors:
            found["errors_by_kind"] = ", ".join(map(str, self.kind_errors))
        return found

    def save(self, path: Path) -> None:
        """Writes one CSV row for each network, after the error."""
        uncorrected = self.uncorrected_ms or [""] * len(self.measured_ms)
        columns = (self.measured_ms, self.predicted_ms, uncorrected, *self.kinds_ms.values())
        write_table(path, self.facts, (*COLUMNS, *self.kinds_ms), zip(*columns, strict=True))

    @classmethod
    def load(cls, path: Path) -> Validation:
        """Reads a file that ``save`` wrote; raises ValueError for another file."""
        kinds = columns_of(path)[len(COLUMNS) :]  # a file of an older version has none
        _, rows = read_table(path, (*COLUMNS, *kinds))
        if not rows:
            raise ValueError(f"{path} has no row: it must have at least one network.")
        columns = zip((*COLUMNS, *kinds), zip(*rows, strict=True), strict=True)
        found = {name: tuple(_parse_ms(path, name, text) for text in texts) for name, texts in columns if any(texts)}
        measured_ms, predicted_ms = found["measured_ms"], found["predicted_ms"]
        by_kind = {kind: found[kind] for kind in kinds if kind in found}
        return cls(measured_ms, predicted_ms, found.get("uncorrected_ms", ()), by_kind)


def _parse_ms(path: Path, name: str, text: str) -> float:
    least_ms = LEAST_MS if name == "measured_ms" else -LONGEST_MS  # a prediction may be below 0
    return parse_number(path, name, text, least_ms, LONGEST_MS)


def fit_sum(summed_ms: ArrayLike, measured_ms: ArrayLike, further: ArrayLike) -> tuple[float, float]:
    """Fits the factor of the rows and the constant by least squares.

    .. math:: f, c = \\arg\\min_{f, c} \\sum_m (f S_m - c\\,n_m - T_m)^2 + (\\lambda \\bar T (f - 1))^2

    If all networks take nearly the same time, they do not determine both numbers. Then the last term keeps the factor
    at 1. If the constant would be below 0, it is set to 0, and the factor is fitted without it. The factor is limited
    to the range from 1/3 to 3.

    Args:
        summed_ms: sum of the pieces' latencies, ``S``
        measured_ms: latency of the whole network, ``T``
        further: number of pieces after the first, ``n``
    """
    summed, measured, counts = (np.asarray(one, dtype=np.float64) for one in (summed_ms, measured_ms, further))
    towards_1 = SHRINKAGE * measured.mean()
    terms = np.column_stack([np.append(summed, towards_1), np.append(-counts, 0.0)])
    expected = np.append(measured, towards_1)
    (factor, constant_ms), *_ = np.linalg.lstsq(terms, expected)
    if constant_ms < 0:
        (factor,), *_ = np.linalg.lstsq(terms[:, :1], expected)
    factor = min(max(float(factor), LEAST_FACTOR), 1 / LEAST_FACTOR)
    return factor, max(0.0, float(counts @ (factor * summed - measured)) / max(1.0, float(counts @ counts)))


def _rmse(predicted_ms: ArrayLike, measured_ms: ArrayLike) -> float:
    return float(np.sqrt(np.mean(np.square(np.subtract(predicted_ms, measured_ms)))))


def _orders(values: ArrayLike) -> NDArray[np.float64]:
    """Returns for each pair of values 1, 0 or -1: whether the first is larger."""
    column = np.asarray(values, dtype=np.float64)
    return np.sign(column[:, None] - column)
