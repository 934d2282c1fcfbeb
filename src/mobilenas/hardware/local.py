"""The device that this runs on, and the file that remembers what was measured on it."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock

from mobilenas.engine.base import Engine
from mobilenas.hardware.chains import Chain, distinct_networks, network_key, prepare_chains
from mobilenas.hardware.profile import Hardware
from mobilenas.hardware.table import LatencyTable
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.timing.rounds import OnProgress, Timing, in_turns, silent

REFERENCES = 10  # networks that are remembered are measured again beside new ones, to compare the device's speed


class LocalHardware(Hardware):
    """Measures here; what it has measured is remembered by device, engine, version and timing."""

    engine: Engine
    timing: Timing
    cache: str

    @property
    def images(self) -> int:
        return self.engine.images

    @property
    def at_hand(self) -> LocalHardware:
        return self

    @property
    @abstractmethod
    def sample_size(self) -> int:
        """Number of random networks that a profile measures as a whole."""

    def sample(self, space: SearchSpace, rng: np.random.Generator) -> list[NetworkSpec]:
        """Those networks."""
        return distinct_networks(space, self.sample_size, rng)

    def references(self, space: SearchSpace, seed: int = 0) -> dict[NetworkSpec, float]:
        """Some networks of a space with the milliseconds that a profile has measured, as far as they are remembered."""
        rows = LatencyTable.load(self._memory).rows if self._memory.exists() else {}
        networks = self.sample(space, np.random.default_rng(seed))
        known = [(network, rows[network_key(network)]) for network in networks if network_key(network) in rows]
        return dict(known[:REFERENCES])

    def whole_ms(self, network: NetworkSpec, space: SearchSpace, seed: int = 0) -> float:
        """Milliseconds of a network that is measured as a whole, at the speed that the space was measured at.

        Args:
            network: to be measured, unless it is remembered
            space: whose references are measured again beside it
            seed: of the weights, the references and the order
        """
        networks = [*self.references(space, seed), network]
        return self.networks_ms(networks, seed, np.random.default_rng(seed))[-1]

    def networks_ms(
        self, networks: Sequence[NetworkSpec], seed: int, rng: np.random.Generator, on_progress: OnProgress = silent
    ) -> list[float]:
        """Milliseconds of whole networks, those that are not remembered measured in turns.

        Args:
            networks: to be measured
            seed: of the weights
            rng: draws the order
            on_progress: told how far it is
        """

        def measure(wanted: Mapping[str, Chain]) -> dict[str, float]:
            runs = prepare_chains(self.engine, wanted, seed, on_progress)
            return dict(zip(wanted, in_turns(runs, self.timing, rng, on_progress).tolist(), strict=True))

        rows = self.remembered({network_key(one): one.layers for one in networks}, measure)
        return [rows[network_key(one)] for one in networks]

    @property
    def facts(self) -> dict[str, str]:
        """All that a time depends on besides what is run."""
        return dict(self.engine.about) | {name: f"{value:g}" for name, value in asdict(self.timing).items()}

    def remembered(
        self, chains: Mapping[str, Chain], measure: Callable[[Mapping[str, Chain]], dict[str, float]]
    ) -> Mapping[str, float]:
        """Milliseconds of every chain: from the file where it has them, else measured, and then in the file."""
        path = self._memory
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # two that measure on one device would disturb each other
            rows = dict(LatencyTable.load(path).rows) if path.exists() else {}
            missing = {key: chain for key, chain in chains.items() if key not in rows}
            if missing:
                rows = _scaled(measure(missing | _references(chains, rows)), rows) | rows
                LatencyTable(rows, about=self.facts).save(path)
        return rows

    @property
    def _memory(self) -> Path:
        facts = self.facts
        name = f"{facts['engine']}-{hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:8]}"
        return Path(self.cache) / f"{name}.csv"


def _references(chains: Mapping[str, Chain], rows: Mapping[str, float]) -> dict[str, Chain]:
    """Chains that are remembered, to be measured again so that the new ones can be put to the same speed: the layers,
    which are also what surrounds a new layer, and some networks."""
    known = {key: chain for key, chain in chains.items() if key in rows}
    layers = {key: chain for key, chain in known.items() if len(chain) == 1}
    return layers | dict(islice(((key, chain) for key, chain in known.items() if len(chain) > 1), REFERENCES))


def _scaled(measured_ms: Mapping[str, float], rows: Mapping[str, float]) -> dict[str, float]:
    """What was measured now, as if the device were as fast as when the remembered rows were measured."""
    ratios = [rows[key] / took_ms for key, took_ms in measured_ms.items() if key in rows]
    scale = float(np.median(ratios)) if ratios else 1.0
    return {key: took_ms * scale for key, took_ms in measured_ms.items()}
