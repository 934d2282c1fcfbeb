"""What layers take more or less within a network than the sum of their rows says, learned from whole networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mobilenas.hardware.features import layer_features
from mobilenas.hardware.table import LatencyTable
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec

FEWEST = 16
"""The fewest networks that corrections are learned from."""

WEIGHTS = (0.0, 0.1, 0.3, 1.0)  # of the features beside the rows; the best in cross-validation is taken
ENOUGH = 0.9  # of the squared error that is left without corrections; more is no help that one can rely on
PENALTIES = tuple(np.logspace(-5, 1, 25).tolist())


def corrections(
    table: LatencyTable, networks: Sequence[NetworkSpec], measured_ms: Sequence[float], layers: Sequence[Layer]
) -> dict[str, float]:
    r"""Returns milliseconds to add to each layer's share of a network; none if they do not help with other networks.

    A layer on its own finds its input, its output and the caches in another state than within a network. The table's
    factor and constant correct the mean of this. Here each row is corrected by a share of itself, and by the features
    of its layer, which are those of ProxylessNAS's predictor (Appendix B). Ridge regression keeps the corrections
    small; leave-one-out cross-validation chooses its penalty, and whether there are corrections at all.

    .. math:: T_m - \text{LAT}(m) \approx \sum_{l \in m} \delta_l, \qquad
        \delta_l = a_l \frac{T_l}{\bar T} + \sum_f b_f \, \phi_f(l)

    Args:
        table: the table with its factor and constant
        networks: whole networks
        measured_ms: the latency of each of them
        layers: the layers of the table
    """
    if len(networks) < FEWEST:
        return {}
    from sklearn.linear_model import RidgeCV

    measured = np.asarray(measured_ms)
    left = measured - [table.latency_ms(network) for network in networks]
    places = {layer.key: place for place, layer in enumerate(layers)}
    counts = np.zeros((len(networks), len(layers)))
    for row, network in zip(counts, networks, strict=True):
        for layer in network.pieces:
            if layer.takes_time:
                row[places[layer.key]] += 1
    rows = np.diag([table.rows[key] for key in places]) / measured.mean()
    features = _features(layers)
    features /= np.maximum(np.abs(counts @ features).max(axis=0), 1e-12)
    found, least = np.zeros(len(layers)), ENOUGH * float(np.mean(left**2))
    for weight in WEIGHTS if features.size else WEIGHTS[:1]:
        known = np.hstack([rows, weight * features])
        ridge = RidgeCV(PENALTIES, fit_intercept=False).fit(counts @ known, left)
        if -ridge.best_score_ < least:
            found, least = known @ ridge.coef_, -float(ridge.best_score_)
    return dict(zip(places, found.tolist(), strict=True)) if found.any() else {}


def _features(layers: Sequence[Layer]) -> NDArray[np.float64]:
    """Returns the features of layers, ``(layers, features)``; there are none if an operation has no features."""
    try:
        known = [layer_features(layer) for layer in layers]
    except ValueError:
        return np.zeros((len(layers), 0))
    names = sorted({name for one in known for name in one} - {layer.key for layer in layers})
    return np.array([[one.get(name, 0.0) for name in names] for one in known])
