"""A device whose latencies of whole networks were measured elsewhere: a regression on them predicts all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from mobilenas.evaluation import Architecture
from mobilenas.files.hashes import digest
from mobilenas.files.paths import path_of
from mobilenas.files.text import columns_of, parse_number, read_table
from mobilenas.hardware.predictor import LatencyPredictor
from mobilenas.hardware.profile import Hardware, Profile, layers_of
from mobilenas.hardware.table import PREDICTED, LatencyTable
from mobilenas.hardware.validation import LEAST_MS, Validation
from mobilenas.network.spec import NetworkSpec
from mobilenas.search_space import SearchSpace
from mobilenas.settings import NonEmpty, Positive, ProperShare, settings
from mobilenas.settings.kinds import LONGEST_MS
from mobilenas.timing.rounds import OnProgress, silent

ARCHITECTURE = "architecture"
"""The column with the option of each decision, with blanks between them."""


@settings
class MeasuredNetworks(Hardware):
    """A device that is known by a file of architectures and their milliseconds.

    The file is CSV, or CSV packed by gzip: the column ``architecture`` has the options of an architecture of the search
    space with blanks between them, and each other column has the milliseconds of a device.

    Args:
        path: path of the file
        device: the column of the device; null takes the only one
        networks: number of networks to fit the regression on, drawn at random; null takes all but the test's
        test_share: share of all networks that has no part in the fit and shows the error
        by: ``features`` fits ProxylessNAS's predictor (Appendix B), which knows the sizes of the layers; ``layers``
            fits the milliseconds of each distinct layer by least squares
        batch: number of images in one forward pass when the networks were measured
    """

    path: NonEmpty
    device: NonEmpty | None = None
    networks: Positive | None = None
    test_share: ProperShare = 0.2
    by: Literal["features", "layers"] = "features"
    batch: Positive = 1

    @property
    def images(self) -> int:
        return self.batch

    @property
    def identity(self) -> Mapping[str, str]:
        return {
            "networks": digest(self._file),
            "device": self._column,
            "fit": f"{self.networks} {self.test_share} {self.by}",
            "batch": str(self.batch),
        }

    def profile(
        self,
        space: SearchSpace,
        networks: Sequence[NetworkSpec] = (),
        seed: int = 0,
        on_progress: OnProgress = silent,
    ) -> Profile:
        architectures, measured_ms = self.load(space)
        test = max(1, round(self.test_share * len(architectures)))
        fit = len(architectures) - test if self.networks is None else self.networks
        if not 0 < fit <= len(architectures) - test:
            raise ValueError(
                f"hardware.networks={self.networks} networks cannot be fitted: {self._file} has {len(architectures)},"
                f" and {test} of them test; set a number from 1 to {len(architectures) - test}."
            )
        order = np.random.default_rng(seed).permutation(len(architectures))
        places = {"test": np.sort(order[:test]), "fit": order[test : test + fit]}  # the test in the order of the file
        specs = {name: [space.network(architectures[one]) for one in part] for name, part in places.items()}
        times = {name: measured_ms[part].tolist() for name, part in places.items()}
        layers = layers_of(space, networks)
        about = {"space": space.name, PREDICTED: f"{fit} networks", "device": self._column, "batch": str(self.batch)}
        predictor = None
        if self.by == "features":
            predictor = replace(LatencyPredictor.fit(specs["fit"], times["fit"]), about=about, origin=str(self._file))
            table = predictor.table(layers.values())
        else:
            table = replace(additive(specs["fit"], times["fit"]), about=about, origin=str(self._file))
            table.require(layers.values())
        model = predictor or table
        predicted_ms = tuple(model.latency_ms(one) for one in specs["test"])
        validation = Validation(tuple(times["test"]), predicted_ms)
        about = about | validation.facts
        return Profile(replace(table, about=about), validation, predictor and replace(predictor, about=about))

    def load(self, space: SearchSpace) -> tuple[list[Architecture], np.ndarray]:
        """Returns the architectures in the file, and their milliseconds on the device.

        Raises:
            ValueError: the file is no such table, or an architecture is not of the space
        """
        file, device, columns = self._file, self._column, columns_of(self._file)
        place = columns.index(device)
        _, rows = read_table(file, columns)
        found, times = [], []
        for number, row in enumerate(rows, 1):
            try:
                architecture = tuple(int(option) for option in row[0].split())
                space.check(architecture)
            except ValueError as error:
                raise ValueError(
                    f"{file}, network {number}: {row[0][:60]!r} is no architecture of {space.name} ({error})"
                ) from None
            found.append(architecture)
            times.append(parse_number(file, f"{device} of network {number}", row[place], LEAST_MS, LONGEST_MS))
        if len(found) < 2:
            raise ValueError(f"{file} has {len(found)} networks: it must have two or more.")
        return found, np.array(times)

    @property
    def _file(self) -> Path:
        path = path_of(self.path)
        if path.exists() and not path.is_file():
            raise ValueError(f"hardware.path={path} is not a file: give the path of a table of networks.")
        return path

    @property
    def _column(self) -> str:
        first, *devices = columns_of(self._file) or [""]
        if first != ARCHITECTURE or not devices:
            raise ValueError(f"{self._file} must have the column {ARCHITECTURE} first, then one for each device.")
        if self.device is None and len(devices) > 1:
            raise ValueError(f"{self._file} has several devices: set hardware.device to one of {', '.join(devices)}.")
        if self.device is not None and self.device not in devices:
            raise ValueError(f"{self._file} has no device {self.device!r}: choose one of {', '.join(devices)}.")
        return self.device or devices[0]


def additive(networks: Sequence[NetworkSpec], measured_ms: Sequence[float]) -> LatencyTable:
    """Returns the milliseconds of each distinct layer of some networks, fitted by least squares.

    Of layers that always come together only the sum is known; it is shared among them equally.

    Args:
        networks: the networks
        measured_ms: the latency of each, run as a whole
    """
    counted = [[layer.key for layer in network.pieces if layer.takes_time] for network in networks]
    keys = {key: place for place, key in enumerate(dict.fromkeys(key for one in counted for key in one))}
    counts = np.zeros((len(networks), len(keys)))
    for row, one in enumerate(counted):
        for key in one:
            counts[row, keys[key]] += 1
    shares, *_ = np.linalg.lstsq(counts, np.asarray(measured_ms))
    return LatencyTable(dict(zip(keys, shares.tolist(), strict=True)), about={PREDICTED: f"{len(networks)} networks"})
