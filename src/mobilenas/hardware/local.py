"""A device that is measured from here, and the file that keeps its measurements."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock

from mobilenas.engine.base import Engine
from mobilenas.engine.host import hosted
from mobilenas.files.paths import path_of
from mobilenas.hardware.chains import Chain, distinct_networks, network_key, prepare_chains, with_layers
from mobilenas.hardware.profile import Hardware
from mobilenas.hardware.speed import load_speed, save_speed
from mobilenas.hardware.table import LatencyTable
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import Minutes, NonEmpty
from mobilenas.timing.drift import Visit
from mobilenas.timing.journal import Journal
from mobilenas.timing.rounds import OnProgress, Timing, each_alone, interleaved, silent

DrawVisits = Callable[[np.random.Generator], list[Visit]]
"""Draws the visits of a round."""

REFERENCES = 10  # networks that are remembered are measured again beside new ones, to compare the device's speed


class LocalHardware(Hardware):
    """Measures on this device or on a host, and keeps measurements by device, engine, version and timing."""

    engine: Engine
    timing: Timing
    minutes: Minutes | None
    cache: NonEmpty
    host: NonEmpty | None
    python: NonEmpty

    @property
    def images(self) -> int:
        return self.engine.images

    @property
    def device(self) -> Engine:
        """The engine on the device: on this machine, or on the host."""
        return hosted(self.engine, self.host, self.python) if self.host else self.engine

    @property
    def at_hand(self) -> LocalHardware:
        return self

    @property
    @abstractmethod
    def sample_size(self) -> int:
        """The number of random networks that a profile measures as a whole."""

    def sample(self, space: SearchSpace, rng: np.random.Generator) -> list[NetworkSpec]:
        """Draws these networks."""
        return distinct_networks(space, self.sample_size, rng)

    def references(self, space: SearchSpace, seed: int = 0) -> dict[NetworkSpec, float]:
        """Returns some networks of a space with their measured milliseconds, if the file has them."""
        rows = LatencyTable.load(self._memory).rows if self._memory.exists() else {}
        networks = self.sample(space, np.random.default_rng(seed))
        known = [(network, rows[network_key(network)]) for network in networks if network_key(network) in rows]
        return dict(known[:REFERENCES])

    def whole_ms(self, network: NetworkSpec, space: SearchSpace, seed: int = 0) -> float:
        """Returns the milliseconds of a whole network, at the device's speed when the space was measured.

        Args:
            network: the network to measure, unless the file has it
            space: its references are measured again beside the network
            seed: seed of the weights, the references and the order
        """
        networks = [*self.references(space, seed), network]
        return self.networks_ms(networks, seed, np.random.default_rng(seed))[-1]

    def networks_ms(
        self, networks: Sequence[NetworkSpec], seed: int, rng: np.random.Generator, on_progress: OnProgress = silent
    ) -> list[float]:
        """Returns the milliseconds of whole networks; networks that the file does not have are measured in turns.

        Args:
            networks: the networks to measure
            seed: seed of the weights
            rng: draws the order
            on_progress: is told the progress
        """

        chains = {network_key(one): one.layers for one in networks}
        rows = self.remembered(chains, lambda wanted: each_alone(len(wanted)), seed, rng, on_progress).rows
        return [rows[key] for key in map(network_key, networks)]

    @property
    def facts(self) -> dict[str, str]:
        """Everything that a time depends on, except the layer or network that runs."""
        return dict(self.device.about) | self.bounded_timing().facts

    def remembered(
        self,
        chains: Mapping[str, Chain],
        visits_for: Callable[[Mapping[str, Chain]], DrawVisits],
        seed: int,
        rng: np.random.Generator,
        on_progress: OnProgress,
    ) -> LatencyTable:
        """Returns the milliseconds of every chain, from the file or measured; measured ones are added to the file.

        A journal beside the file keeps each visit, so that a measurement that was stopped goes on where it was.

        Args:
            chains: the chains by key
            visits_for: returns what draws the visits of a round for the chains that are measured
            seed: seed of the weights
            rng: draws the visits and their order
            on_progress: is told the progress
        """
        path = self._memory
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # two that measure on one device would disturb each other
            table = LatencyTable.load(path) if path.exists() else LatencyTable({}, about=self.facts)
            missing = {key: chain for key, chain in chains.items() if key not in table.rows}
            if missing:
                wanted = missing | _references(chains, missing)
                journal = Journal(path.with_suffix(".visits"), f"{sorted(self.facts.items())} {list(wanted)} {seed}")
                moment = {"measured": f"{datetime.now():%Y-%m-%d %H:%M}"} | dict(self.device.moment)
                runs = prepare_chains(self.device, wanted, seed, on_progress)
                visits = visits_for(wanted)
                found = interleaved(runs, visits, self.bounded_timing(), rng, on_progress, self.device.visit, journal)
                took_ms = dict(zip(wanted, found.times_ms.tolist(), strict=True))
                table = LatencyTable(_scaled(took_ms, table.rows) | dict(table.rows), about=self.facts | moment)
                table.save(path)
                save_speed(self._speed_file, found.slowness)
                journal.end()
        return table

    @property
    def slowness(self) -> tuple[float, ...]:
        """How slow the device was in each visit of the last measurement; empty if there was none."""
        return load_speed(self._speed_file) if self._speed_file.exists() else ()

    @property
    def _speed_file(self) -> Path:
        return self._memory.with_suffix(".speed")

    def bounded_timing(self, parts: int = 1) -> Timing:
        """Returns the timing of one of some parts of a measurement, which together keep to the minutes."""
        return self.timing if self.minutes is None else replace(self.timing, minutes=self.minutes / parts)

    @property
    def _memory(self) -> Path:
        facts = self.facts
        name = f"{facts['engine']}-{hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:8]}"
        return path_of(self.cache) / f"{name}.csv"


def _references(chains: Mapping[str, Chain], missing: Mapping[str, Chain]) -> dict[str, Chain]:
    """Returns known chains that are measured again, so that new ones can be scaled to the same speed.

    They are some networks, and all layers of a few networks that together have all missing layers: these surround a
    missing layer as in a network. If no networks have it, they are all layers.
    """
    known = {key: chain for key, chain in chains.items() if key not in missing}
    networks = [chain for chain in chains.values() if len(chain) > 1]
    around = with_layers(networks, {key for key, chain in missing.items() if len(chain) == 1})
    keys = {layer.key for network in around for layer in network} if around else known.keys()
    layers = {key: chain for key, chain in known.items() if len(chain) == 1 and key in keys}
    return layers | dict(islice(((key, chain) for key, chain in known.items() if len(chain) > 1), REFERENCES))


def _scaled(measured_ms: Mapping[str, float], rows: Mapping[str, float]) -> dict[str, float]:
    """Scales new measurements to the speed that the device had when the rows of the file were measured."""
    ratios = [rows[key] / took_ms for key, took_ms in measured_ms.items() if key in rows]
    scale = float(np.median(ratios)) if ratios else 1.0
    return {key: took_ms * scale for key, took_ms in measured_ms.items()}
