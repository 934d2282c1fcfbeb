"""Measuring the latency table of MoGA (Sec. 4.2), and its error (Fig. 4), on the device that this runs on."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from mobilenas.hardware.chains import Chain, distinct_networks, network_key, prepare
from mobilenas.hardware.engine import Engine
from mobilenas.hardware.laps import visits_of
from mobilenas.hardware.measure import OnProgress, Timing, interleaved, silent
from mobilenas.hardware.profile import Hardware, Profile, layers_of
from mobilenas.hardware.table import LatencyTable, count_pieces
from mobilenas.hardware.validation import Validation, fit_overhead
from mobilenas.ops.checks import check_positive
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import NetworkSpec


@dataclass(frozen=True)
class MeasuredHardware(Hardware):
    """The device that this runs on: every distinct layer is measured, and remembered in a text file.

    The table's constant is fitted on some random networks; others, which have no part in it, show the error.

    Args:
        engine: runs layers and networks
        timing: how often they are run, and at which of the device's speeds latency is stated
        fit_networks: random networks that the constant is fitted on
        validation_networks: random networks that the error is measured on
        cache: folder where rows are remembered, by device, engine, version and timing
    """

    engine: Engine
    timing: Timing
    fit_networks: int
    validation_networks: int
    cache: str

    def __post_init__(self) -> None:
        check_positive("hardware", fit_networks=self.fit_networks, validation_networks=self.validation_networks)

    @property
    def identity(self) -> Mapping[str, str]:
        return self._facts | {"networks": f"{self.fit_networks} {self.validation_networks}"}

    def profile(
        self,
        space: LayerwiseSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        rng = np.random.default_rng(seed)
        sample = distinct_networks(space, self.fit_networks + self.validation_networks, rng)
        layers = {key: (layer,) for key, layer in layers_of(space, networks).items()}
        chains: dict[str, Chain] = layers | {network_key(network): network.layers for network in sample}

        def measure(wanted: Mapping[str, Chain]) -> dict[str, float]:
            runs = prepare(self.engine, wanted, seed, on_progress)
            visits = visits_of(list(wanted), space, networks)
            return dict(zip(wanted, interleaved(runs, visits, self.timing, rng, on_progress).tolist(), strict=True))

        rows = self._remembered(chains, measure)
        table = LatencyTable({key: rows[key] for key in layers}, about={"space": space.name} | self._facts)
        return _fit(table, sample, [rows[network_key(network)] for network in sample], self.fit_networks)

    @property
    def _facts(self) -> dict[str, str]:
        return dict(self.engine.about) | {name: f"{value:g}" for name, value in asdict(self.timing).items()}

    def _remembered(
        self, chains: Mapping[str, Chain], measure: Callable[[Mapping[str, Chain]], dict[str, float]]
    ) -> Mapping[str, float]:
        """The row of every chain: from the file where it has it, else measured, and then in the file."""
        facts = self._facts
        name = f"{facts['engine']}-{hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:8]}"
        path = Path(self.cache) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # two that measure on one device would disturb each other
            rows = dict(LatencyTable.load(path).rows) if path.exists() else {}
            if any(key not in rows for key in chains):
                layers = {key: chain for key, chain in chains.items() if len(chain) == 1 or key not in rows}
                rows = _scaled(measure(layers), rows) | rows
                LatencyTable(rows, about=facts).save(path)
        return rows


def _scaled(measured_ms: Mapping[str, float], rows: Mapping[str, float]) -> dict[str, float]:
    """What was measured now, as if the device were as fast as when the remembered rows were measured."""
    ratios = [rows[key] / took_ms for key, took_ms in measured_ms.items() if key in rows]
    scale = float(np.median(ratios)) if ratios else 1.0
    return {key: took_ms * scale for key, took_ms in measured_ms.items()}


def _fit(table: LatencyTable, networks: Sequence[NetworkSpec], measured_ms: Sequence[float], fit: int) -> Profile:
    """Fit the constant on the first networks, and hold the table against the rest."""
    summed_ms = [table.latency_ms(network) for network in networks]
    pieces = [count_pieces(network) for network in networks]
    fitted = replace(table, overhead_ms=fit_overhead(summed_ms[:fit], measured_ms[:fit], pieces[:fit]))
    predicted_ms = tuple(fitted.latency_ms(network) for network in networks[fit:])
    validation = Validation(tuple(measured_ms[fit:]), predicted_ms, tuple(summed_ms[fit:]))
    return Profile(replace(fitted, about=dict(fitted.about) | validation.facts), validation)
