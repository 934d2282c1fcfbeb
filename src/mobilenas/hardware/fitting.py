"""Fits a latency table to whole networks, and finds its error by cross-validation."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mobilenas.hardware.correction import corrections
from mobilenas.hardware.layer_kinds import kinds_ms
from mobilenas.hardware.table import LatencyTable, count_pieces
from mobilenas.hardware.validation import Validation, fit_sum
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec

FOLDS = 10


def fitted(
    table: LatencyTable,
    networks: Sequence[NetworkSpec],
    measured_ms: Sequence[float],
    layers: Sequence[Layer],
    corrected: bool = True,
) -> LatencyTable:
    """Returns a table with the factor, the constant and the corrections that fit some networks best.

    Args:
        table: the rows as they were measured
        networks: the networks
        measured_ms: the latency of each, run as a whole
        layers: the layers of the table
        corrected: whether there may be corrections of single layers
    """
    summed_ms = [table.latency_ms(network) for network in networks]
    further = [count_pieces(network) - 1 for network in networks]
    factor, constant_ms = fit_sum(summed_ms, measured_ms, further)
    found = replace(table, factor=factor, overhead_ms=constant_ms)
    return replace(found, corrections=corrections(found, networks, measured_ms, layers)) if corrected else found


def cross_validated(
    table: LatencyTable,
    networks: Sequence[NetworkSpec],
    measured_ms: Sequence[float],
    layers: Sequence[Layer],
    first: int = 0,
    corrected: bool = True,
) -> Validation:
    """Returns predictions for networks, each by a table that was fitted without it.

    Args:
        table: the rows as they were measured
        networks: the networks
        measured_ms: the latency of each, run as a whole
        layers: the layers of the table
        first: number of networks that belong to every fit, and are not predicted
        corrected: whether there may be corrections of single layers
    """
    measured, predicted_ms = np.asarray(measured_ms), np.zeros(len(networks))
    places, layers_ms = np.arange(len(networks)), list[Callable[[Layer], float]]()
    for fold in np.array_split(places[first:], min(FOLDS, len(networks) - first)):
        others = np.setdiff1d(places, fold)
        known = [networks[place] for place in others]
        found = fitted(table, known, measured[others].tolist(), layers, corrected)
        predicted_ms[fold] = [found.latency_ms(networks[place]) for place in fold]
        layers_ms += [found.layer_ms] * len(fold)
    predicted, tested = predicted_ms[first:].tolist(), networks[first:]
    summed_ms = tuple(table.latency_ms(network) for network in tested)
    return Validation(tuple(measured_ms[first:]), tuple(predicted), summed_ms, kinds_ms(layers_ms, tested))
