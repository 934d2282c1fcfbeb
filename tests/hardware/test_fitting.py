"""Cross-validation predicts a network by a table in which it has no part."""

from dataclasses import replace

import numpy as np
import pytest

from mobilenas.hardware import LatencyTable
from mobilenas.hardware.chains import distinct_networks
from mobilenas.hardware.fitting import cross_validated, fitted
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace


@pytest.mark.parametrize("corrected", [False, True])
def test_a_network_has_no_part_in_its_own_prediction(space: LayerwiseSpace, corrected: bool) -> None:
    layers, rng = list(layers_of(space).values()), np.random.default_rng(0)
    table = LatencyTable({layer.key: float(rng.uniform(1, 2)) for layer in layers})
    networks = distinct_networks(space, 30, rng)
    measured_ms = [table.latency_ms(network) * float(rng.normal(1, 0.05)) for network in networks]
    found = cross_validated(table, networks, measured_ms, layers, 5, corrected)
    assert found.measured_ms == tuple(measured_ms[5:])
    for place in (5, 12, 29):
        other = measured_ms.copy()
        other[place] *= 2
        again = cross_validated(table, networks, other, layers, 5, corrected)
        assert again.predicted_ms[place - 5] == found.predicted_ms[place - 5]
        assert again.predicted_ms != found.predicted_ms


def test_every_other_network_has_a_part_in_it(space: LayerwiseSpace) -> None:
    """With a fold for each network, the prediction is that of a fit on all others, made by hand."""
    layers, rng = list(layers_of(space).values()), np.random.default_rng(0)
    table = LatencyTable({layer.key: float(rng.uniform(1, 2)) for layer in layers})
    networks = distinct_networks(space, 10, rng)
    measured_ms = [table.latency_ms(network) * float(rng.normal(1, 0.05)) for network in networks]
    found = cross_validated(table, networks, measured_ms, layers, 2)
    for place in range(2, 10):
        others = [one for one in range(10) if one != place]
        by_hand = fitted(table, [networks[one] for one in others], [measured_ms[one] for one in others], layers)
        assert found.predicted_ms[place - 2] == pytest.approx(by_hand.latency_ms(networks[place]), rel=1e-12)


def test_a_table_that_is_right_is_kept(space: LayerwiseSpace) -> None:
    layers, rng = list(layers_of(space).values()), np.random.default_rng(0)
    table = LatencyTable({layer.key: float(rng.uniform(1, 2)) for layer in layers})
    real = replace(table, factor=0.75, overhead_ms=0.125)
    networks = distinct_networks(space, 30, rng)
    found = cross_validated(table, networks, [real.latency_ms(one) for one in networks], layers)
    assert found.relative_rmse < 0.01
