"""Latency from a regression on whole measured networks (ProxylessNAS Appendix B)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.linear_model import RidgeCV

from mobilenas.hardware.base import LatencyModel
from mobilenas.hardware.chains import Chain, network_key, prepare
from mobilenas.hardware.drift import Visit
from mobilenas.hardware.engine import Engine
from mobilenas.hardware.features import layer_features
from mobilenas.hardware.local import LocalHardware
from mobilenas.hardware.measure import OnProgress, Timing, interleaved, silent
from mobilenas.hardware.profile import Profile, layers_of
from mobilenas.hardware.table import LatencyTable
from mobilenas.hardware.text import parse_number, read_table, write_table
from mobilenas.hardware.validation import Validation
from mobilenas.ops.checks import check_positive, check_share
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import Layer, NetworkSpec

COLUMNS = ("feature", "ms")
PENALTIES = tuple(np.logspace(-6, 2, 17).tolist())  # of ridge regression; the best in cross-validation is taken


@dataclass(frozen=True)
class LatencyPredictor(LatencyModel):
    r"""A sum over layers that is linear in their features.

    .. math:: \text{LAT}(m) = \sum_{l \in m} F(l), \qquad F(l) = \sum_f w_f \, \phi_f(l)

    A layer's share of it is what Eq. 5 takes the expectation of.

    Args:
        weights: milliseconds by feature
        about: what was measured, and how
    """

    weights: Mapping[str, float]
    about: Mapping[str, str] = field(default_factory=dict)

    def layer_ms(self, layer: Layer) -> float:
        """A layer's share; what a feature adds that no measured network had is not known, and left out."""
        return sum(value * self.weights.get(name, 0.0) for name, value in layer_features(layer).items())

    def latency_ms(self, network: NetworkSpec) -> float:
        return sum(self.layer_ms(layer) for layer in network.pieces)

    @classmethod
    def fit(cls, networks: Sequence[NetworkSpec], measured_ms: Sequence[float]) -> LatencyPredictor:
        """By ridge regression on the latencies of whole networks."""
        totals = [_network_features(network) for network in networks]
        names = sorted({name for total in totals for name in total})
        features = np.array([[total.get(name, 0.0) for name in names] for total in totals])
        scale = np.abs(features).max(axis=0)
        ridge = RidgeCV(PENALTIES, fit_intercept=False).fit(features / scale, np.asarray(measured_ms))
        return cls(dict(zip(names, (ridge.coef_ / scale).tolist(), strict=True)))

    def save(self, path: Path) -> None:
        """Write one CSV row a feature, after lines of ``# name: value``."""
        write_table(path, self.about, COLUMNS, self.weights.items())

    @classmethod
    def load(cls, path: Path) -> LatencyPredictor:
        """What ``save`` wrote; raises ValueError for another file."""
        about, lines = read_table(path, COLUMNS)
        return cls({name: parse_number(path, f"the weight of {name!r}", text) for name, text in lines}, about)


@dataclass(frozen=True)
class PredictorHardware(LocalHardware):
    """The device that this runs on, by a regression on random networks, of which none is measured layer by layer.

    Args:
        engine: runs networks
        timing: how often they are run, and at which of the device's speeds latency is stated
        networks: to be measured
        test_share: of the networks, which has no part in the fit and shows the error
        cache: folder where latencies are remembered, by device, engine, version and timing
    """

    engine: Engine
    timing: Timing
    networks: int
    test_share: float
    cache: str

    def __post_init__(self) -> None:
        check_positive("hardware", networks=self.networks)
        check_share("hardware", test_share=self.test_share)
        if not 0 < self._test_networks < self.networks:
            raise ValueError(f"hardware: {self.test_share} of {self.networks} networks leaves none to fit or to test.")

    @property
    def sample_size(self) -> int:
        return self.networks

    @property
    def identity(self) -> Mapping[str, str]:
        return self.facts | {"networks": f"{self.networks} {self.test_share}"}

    def profile(
        self,
        space: LayerwiseSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        rng = np.random.default_rng(seed)
        sample = self.sample(space, rng)
        chains: dict[str, Chain] = {network_key(network): network.layers for network in sample}

        def measure(wanted: Mapping[str, Chain]) -> dict[str, float]:
            runs = prepare(self.engine, wanted, seed, on_progress)
            alone: list[Visit] = [(place,) for place in range(len(runs))]
            took_ms = interleaved(runs, lambda _: alone, self.timing, rng, on_progress)
            return dict(zip(wanted, took_ms.tolist(), strict=True))

        rows = self.remembered(chains, measure)
        measured_ms = [rows[network_key(network)] for network in sample]
        fit = self.networks - self._test_networks
        predictor = LatencyPredictor.fit(sample[:fit], measured_ms[:fit])
        predicted_ms = tuple(predictor.latency_ms(network) for network in sample[fit:])
        validation = Validation(tuple(measured_ms[fit:]), predicted_ms)
        about = {"space": space.name, "predictor": f"{fit} networks"} | self.facts | validation.facts
        table = {key: predictor.layer_ms(layer) for key, layer in layers_of(space, networks).items()}
        return Profile(LatencyTable(table, about=about), validation, LatencyPredictor(predictor.weights, about))

    @property
    def _test_networks(self) -> int:
        return round(self.networks * self.test_share)


def _network_features(network: NetworkSpec) -> dict[str, float]:
    totals: dict[str, float] = {}
    for layer in network.pieces:
        for name, value in layer_features(layer).items():
            totals[name] = totals.get(name, 0.0) + value
    return totals
