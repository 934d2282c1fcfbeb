"""Predicts latency by a regression on measured whole networks (ProxylessNAS Appendix B)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mobilenas.files.text import parse_number, read_table, write_table
from mobilenas.hardware.base import LatencyModel
from mobilenas.hardware.features import layer_features
from mobilenas.hardware.table import LatencyTable, images_of
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.settings.kinds import LONGEST_MS

COLUMNS = ("feature", "ms")
PENALTIES = tuple(np.logspace(-6, 2, 17).tolist())  # of ridge regression; the best in cross-validation is taken


@dataclass(frozen=True)
class LatencyPredictor(LatencyModel):
    r"""A sum over layers that is linear in their features.

    .. math:: \text{LAT}(m) = \sum_{l \in m} F(l), \qquad F(l) = \sum_f w_f \, \phi_f(l)

    Eq. 5 takes the expectation of a layer's share :math:`F(l)`.

    Args:
        weights: milliseconds by feature
        about: facts about the measurement
        origin: names the predictor in error messages
    """

    weights: Mapping[str, float]
    about: Mapping[str, str] = field(default_factory=dict)
    origin: str = field(default="The latency predictor", compare=False)

    def layer_ms(self, layer: Layer) -> float:
        """Returns a layer's share of a network's latency; this exact layer need not be in a measured network.

        Raises:
            ValueError: no measured network had a layer of its kind
        """
        features = layer_features(layer)
        unknown = [name for name in features if name not in self.weights and name != layer.key]
        if unknown:
            raise ValueError(
                f"{self.origin} has no weight for {unknown[0]!r}, a feature of {layer.key!r}: fit it to more networks"
                " of the search space that has this layer."
            )
        return sum(value * self.weights.get(name, 0.0) for name, value in features.items())

    def latency_ms(self, network: NetworkSpec) -> float:
        return sum(self.layer_ms(layer) for layer in network.pieces)

    def table(self, layers: Iterable[Layer]) -> LatencyTable:
        """Returns the layers' shares as a table; raises ValueError for a layer of an unknown kind."""
        return LatencyTable({layer.key: self.layer_ms(layer) for layer in layers}, about=self.about, origin=self.origin)

    @classmethod
    def fit(cls, networks: Sequence[NetworkSpec], measured_ms: Sequence[float]) -> LatencyPredictor:
        """Fits a predictor by ridge regression on the latencies of whole networks."""
        from sklearn.linear_model import RidgeCV

        totals = [_network_features(network) for network in networks]
        names = sorted({name for total in totals for name in total})
        features = np.array([[total.get(name, 0.0) for name in names] for total in totals])
        largest = np.abs(features).max(axis=0)
        scale = np.where(largest > 0, largest, 1.0)  # a feature that is 0 in every network gets no weight
        ridge = RidgeCV(PENALTIES, fit_intercept=False).fit(features / scale, np.asarray(measured_ms))
        return cls(dict(zip(names, (ridge.coef_ / scale).tolist(), strict=True)))

    def save(self, path: Path) -> None:
        """Writes one CSV row for each feature, after lines of ``# name: value``."""
        write_table(path, self.about, COLUMNS, self.weights.items())

    @classmethod
    def load(cls, path: Path) -> LatencyPredictor:
        """Reads a file that ``save`` wrote; raises ValueError for another file."""
        about, lines = read_table(path, COLUMNS)
        if repeated := [name for name, count in Counter(name for name, _ in lines).items() if count > 1]:
            raise ValueError(f"{path} has more than one row for {repeated[0]!r}.")
        weights = {
            name: parse_number(path, f"the weight of {name!r}", text, -LONGEST_MS, LONGEST_MS) for name, text in lines
        }
        images_of(about, path)
        return cls(weights, about, str(path))


def _network_features(network: NetworkSpec) -> dict[str, float]:
    totals: dict[str, float] = {}
    for layer in network.pieces:
        for name, value in layer_features(layer).items():
            totals[name] = totals.get(name, 0.0) + value
    return totals
