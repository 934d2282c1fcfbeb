"""The last stage, which measures and exports the chosen networks and writes the page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mobilenas.engine import Engine
from mobilenas.files.names import file_name
from mobilenas.hardware import Hardware, LatencyTable
from mobilenas.network import NetworkSpec
from mobilenas.report.baselines import measured_baselines, predicted_baselines
from mobilenas.report.files import PAGE
from mobilenas.report.gathering import Records, chosen_networks, gather, image_format, trained_of
from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.terminal import show
from mobilenas.stages import Choice, Facts, Stage
from mobilenas.stages.base import STAGE_NAMES

if TYPE_CHECKING:
    from torch import nn

    from mobilenas.data.marks import Marks
    from mobilenas.stages.retrain_record import TrainedNetwork

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReportStage(Stage):
    """Writes the page, its pictures and tables, and every trained network as ONNX.

    Args:
        run: the run to report
        hardware: measures the networks if this program runs on it
        choice: chooses the networks
        title: title of the page
        experiment: name, scale and seed of the run, in words
        settings: all settings, as YAML
        center_share: share of the shorter side of an image that the networks see
        identity: a hash of the settings that results depend on
        before_search: returns the marks of the images that have trained the weights behind the search's scores
        command: the arguments of the command line; None if a program made the run
    """

    name: ClassVar[str] = "report"
    hardware: Hardware
    choice: Choice
    title: str
    experiment: str
    settings: str
    center_share: float = 1.0
    identity: str = ""
    before_search: Callable[[], Iterable[Marks]] = tuple
    command: tuple[str, ...] | None = None

    @property
    def depends_on(self) -> Mapping[str, object]:
        networks = [network.to_yaml() for network in self.run.networks]
        hardware = dict(self.hardware.identity)
        own = {"title": self.title, "settings": self.identity, "networks": networks, "hardware": hardware}
        return own | {"data": self.run.data.fingerprint, "choose": self.run.choice}

    @property
    def reads_if_made(self) -> tuple[str, ...]:
        return tuple(name for name in STAGE_NAMES if name != self.name)

    @property
    def groups(self) -> tuple[str, ...]:
        return "network", "hardware", "data"

    @property
    def is_shared(self) -> bool:
        return False

    def make(self, folder: Path, made: Collection[str]) -> Facts:
        from mobilenas.report.anchors_file import write_anchors
        from mobilenas.report.measure import why_unmeasured
        from mobilenas.report.writing import write

        records = Records(self.run.folder, made, self.run.space)
        table = self._table(records)
        images = image_format(self.run.data, self.center_share)
        result = gather(self.run, records, self.choice, table, images, self.title, self.settings)
        seen = (self.run.data.seen("search", marks) for marks in self.before_search())
        result = replace(
            result,
            seen_in_search=max(seen, default=0),
            search_images=self.run.data.sizes["search"],
            facts={"experiment": self.experiment} | dict(result.facts),
            command=self.command,
            unmeasured=why_unmeasured(self.hardware, table.about if table else {}),
        )
        exported = tuple(self._exported(one, result, records, table, folder) for one in result.networks)
        write(self._measured(replace(result, networks=exported), records, table), folder)
        for path in records.quantized:
            copyfile(path, folder / path.name)
        for one in result.networks:
            for file in one.files:
                write_anchors(one.spec, folder / file.file)
        return {"page": PAGE}

    def show(self, folder: Path) -> None:
        show(folder)

    def _table(self, records: Records) -> LatencyTable | None:
        """Returns the table with rows for improved networks; a later error names a missing row."""
        table = records.table
        if table and self.choice.improvements:
            networks = [one.spec for one in chosen_networks(self.run, records, self.choice)]
            with suppress(ValueError):  # the device may be elsewhere
                return self.hardware.extended(table, self.run.space, networks)
        return table

    def _exported(
        self, network: NetworkResult, result: RunResult, records: Records, table: LatencyTable | None, folder: Path
    ) -> NetworkResult:
        from mobilenas.report.anchors_file import write_anchors
        from mobilenas.report.exporting import export
        from mobilenas.report.model_explorer import onnx_nodes, write_latencies

        if not records.retrain:
            return network
        path = folder / file_name(network.name, ".onnx")
        write_anchors(network.spec, path)
        error = export(network.spec, _module(records, network.spec), result.images, path)
        if table and network.predicted_ms is not None:
            write_latencies(network.spec, table, path, onnx_nodes(path))
        return replace(network, onnx_error=error)

    def _measured(self, result: RunResult, records: Records, table: LatencyTable | None) -> RunResult:
        """Returns the same result with the measured latency of the networks and of the baselines."""
        from mobilenas.report.measure import measure_networks

        device, baselines = self.hardware.at_hand, records.baselines.networks if records.baselines else ()
        if result.unmeasured or device is None:
            return self._with_baselines(result, baselines, table)
        modules = [(one.spec, _module(records, one.spec)) for one in result.networks]
        modules += [(one.spec, _trained_module(one)) for one in baselines]
        if not modules:
            return result
        references = device.references(self.run.space) if table else {}
        found = measure_networks(device, modules, references, self.run.seed)
        own_ms, others_ms = np.split(found.times_ms, [len(result.networks)], axis=1)
        networks = tuple(
            replace(
                one,
                measured_ms=float(times_ms.mean()),
                measured_std_ms=float(times_ms.std(ddof=1)),
                kinds_ms=_kinds_ms(device.device, one.spec),
            )
            for one, times_ms in zip(result.networks, own_ms.T, strict=True)
        )
        slowdown = found.slowdown if references else None
        measured = measured_baselines(baselines, others_ms)
        return replace(result, networks=networks, slowdown=slowdown, baselines=measured)

    def _with_baselines(
        self, result: RunResult, baselines: Sequence[TrainedNetwork], table: LatencyTable | None
    ) -> RunResult:
        """Returns the same result with the baselines whose latency the table predicts."""
        found = predicted_baselines(baselines, self.hardware, table, self.run.space)
        lost = [one.spec.name for one in baselines if one.spec.name not in {known.name for known in found}]
        said = (
            {"baselines left out": f"{', '.join(lost)}, because the latency table does not have all their layers"}
            if lost
            else {}
        )
        return replace(result, baselines=found, facts=dict(result.facts) | said)


def _kinds_ms(engine: Engine, network: NetworkSpec) -> dict[str, float]:
    """Returns milliseconds by kind of operation; nothing, with a warning, if the engine does not tell them."""
    try:
        return engine.breakdown(network)
    except ValueError as error:
        log.warning("report: time by operation is left out: %s", error)
        return {}


def _module(records: Records, spec: NetworkSpec) -> nn.Sequential:
    """Returns the module with the trained weights, or with random weights if the run has trained none."""
    trained = trained_of(records, spec.name)
    return _trained_module(trained) if trained else spec.build().eval()


def _trained_module(network: TrainedNetwork) -> nn.Sequential:
    from mobilenas.training.weights import trained_network

    return trained_network(network.spec, network.weights)
