"""This device with a latency predictor: a regression on measured whole networks (ProxylessNAS Appendix B)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mobilenas.engine.base import Engine
from mobilenas.hardware.features import check_features
from mobilenas.hardware.layer_kinds import kinds_ms
from mobilenas.hardware.local import LocalHardware
from mobilenas.hardware.predictor import LatencyPredictor
from mobilenas.hardware.profile import Profile, layers_of
from mobilenas.hardware.validation import Validation
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import Minutes, NonEmpty, Positive, Share, aside, settings
from mobilenas.timing.rounds import OnProgress, Timing, silent


@settings
class PredictorHardware(LocalHardware):
    """The device that runs this program: a regression is fitted on random networks, each measured as a whole.

    Args:
        engine: runs networks
        timing: how often they run, and at which speed of the device latency is stated
        networks: number of networks to measure
        test_share: share of the networks that has no part in the fit and shows the error
        cache: folder that keeps latencies by device, engine, version and timing
        minutes: the longest time of measuring; null sets no bound
        host: a board or a server that is measured over ssh, as ssh knows it; null measures this machine
        python: the interpreter there
    """

    engine: Engine
    timing: Timing
    networks: Positive
    test_share: Share
    cache: NonEmpty = aside()
    minutes: Minutes | None = None
    host: NonEmpty | None = None
    python: NonEmpty = aside(default="python3")

    def __post_init__(self) -> None:
        _ = self.device  # not every engine runs on a host
        if not 0 < self._test_networks < self.networks:
            raise ValueError(
                f"PredictorHardware: with a test_share of {self.test_share}, no network of {self.networks} is left to"
                " fit or to test: set another test_share, or more networks."
            )

    @property
    def sample_size(self) -> int:
        return self.networks

    @property
    def identity(self) -> Mapping[str, str]:
        return self.facts | {"networks": f"{self.networks} {self.test_share}", "features": "by groups and dilation"}

    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        check_features(layers_of(space, networks).values())
        rng = np.random.default_rng(seed)
        sample = self.sample(space, rng)
        measured_ms = self.networks_ms(sample, seed, rng, on_progress)
        fit = self.networks - self._test_networks
        fitted = LatencyPredictor.fit(sample[:fit], measured_ms[:fit])
        tested = sample[fit:]
        predicted_ms = tuple(fitted.latency_ms(network) for network in tested)
        by_kind = kinds_ms([fitted.layer_ms] * len(tested), tested)
        validation = Validation(tuple(measured_ms[fit:]), predicted_ms, kinds_ms=by_kind)
        about = {"space": space.name, "predictor": f"{fit} networks"} | self.facts | validation.facts
        predictor = replace(fitted, about=about)
        table = predictor.table(layers_of(space, networks).values())
        return Profile(table, validation, predictor, self.slowness)

    @property
    def _test_networks(self) -> int:
        return round(self.networks * self.test_share)
