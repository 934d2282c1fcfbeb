"""Measures the latency table of MoGA (Sec. 4.2), and its error (Fig. 4), on the device that runs this program."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mobilenas.engine.base import Engine
from mobilenas.hardware.chains import Chain, network_key
from mobilenas.hardware.fitting import cross_validated, fitted
from mobilenas.hardware.laps import visits_of
from mobilenas.hardware.local import DrawVisits, LocalHardware
from mobilenas.hardware.profile import Profile, layers_of
from mobilenas.hardware.table import LatencyTable
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import Minutes, NonEmpty, Positive, aside, settings
from mobilenas.timing.rounds import OnProgress, Timing, each_alone, silent


@settings
class MeasuredHardware(LocalHardware):
    """The device that runs this program: every distinct layer is measured and kept in a text file.

    The table's factor, constant and corrections are fitted on random networks. Cross-validation shows the error: each
    network is predicted by a fit in which it has no part.

    Args:
        engine: runs layers and networks
        timing: how often they run, and at which speed of the device latency is stated
        fit_networks: number of random networks that belong to every fit
        validation_networks: number of further random networks, on which the error is measured; each of them belongs to
            the fits that do not predict it, and to the fit of the table
        minutes: the longest time of measuring; null sets no bound
        cache: folder that keeps rows by device, engine, version and timing
        host: a board or a server that is measured over ssh, as ssh knows it; null measures this machine
        python: the interpreter there
    """

    engine: Engine
    timing: Timing
    fit_networks: Positive
    validation_networks: Positive
    cache: NonEmpty = aside()
    minutes: Minutes | None = None
    host: NonEmpty | None = None
    python: NonEmpty = aside(default="python3")

    def __post_init__(self) -> None:
        _ = self.device  # not every engine runs on a host

    @property
    def sample_size(self) -> int:
        return self.fit_networks + self.validation_networks

    @property
    def identity(self) -> Mapping[str, str]:
        networks = f"{self.fit_networks} {self.validation_networks}"
        return self.facts | {"networks": networks, "sum": "c + sum(f T - c + d), cross-validated"}

    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        rng = np.random.default_rng(seed)
        sample = self.sample(space, rng)
        networks = [*networks, *_with_further_layers(sample, space)]
        layers = {key: (layer,) for key, layer in layers_of(space, networks).items()}
        chains: dict[str, Chain] = layers | {network_key(network): network.layers for network in sample}

        def visits_for(wanted: Mapping[str, Chain]) -> DrawVisits:
            if not self.device.keeps_caches:
                return each_alone(len(wanted))
            has_all = layers.keys() <= wanted.keys()
            return visits_of(list(wanted), space, networks if has_all else [*networks, *sample], has_all)

        found = self.remembered(chains, visits_for, seed, rng, on_progress)
        rows = found.rows
        table = LatencyTable({key: rows[key] for key in layers}, about={"space": space.name} | dict(found.about))
        measured_ms = [rows[network_key(network)] for network in sample]
        distinct = [layer for (layer,) in layers.values()]
        validation = cross_validated(table, sample, measured_ms, distinct, self.fit_networks)
        table = fitted(table, sample, measured_ms, distinct)
        return Profile(replace(table, about=dict(table.about) | validation.facts), validation, slowness=self.slowness)

    def extended(
        self,
        table: LatencyTable,
        space: SearchSpace,
        networks: Sequence[NetworkSpec],
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> LatencyTable:
        """Measures only missing layers, in laps through the networks, beside the layers of the first network."""
        pieces = [layer for network in networks for layer in network.pieces if layer.takes_time]
        layers = {layer.key: layer for layer in pieces}
        if layers.keys() <= table.rows.keys():
            return table
        first, rng = {layer.key for layer in networks[0].pieces}, np.random.default_rng(seed)
        chains = {key: (layer,) for key, layer in layers.items() if key not in table.rows or key in first}

        def visits_for(wanted: Mapping[str, Chain]) -> DrawVisits:
            index = {key: place for place, key in enumerate(wanted)}
            laps = [tuple(index[layer.key] for layer in network.pieces if layer.key in index) for network in networks]
            return lambda _: [lap for lap in laps if lap]

        rows = self.remembered(chains, visits_for, seed, rng, on_progress).rows
        return replace(table, rows={key: rows[key] for key in chains} | dict(table.rows))


def _with_further_layers(networks: Sequence[NetworkSpec], space: SearchSpace) -> list[NetworkSpec]:
    """Returns the networks with a layer that is not among the space's ``pieces``; only a space of widths has such."""
    known = {layer.key for layer in space.pieces}
    return [network for network in networks if not {layer.key for layer in network.pieces} <= known]
