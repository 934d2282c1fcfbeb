"""An engine on another machine, which is reached over ssh: a board or a server."""

from __future__ import annotations

import base64
import json
import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilenas.engine.base import INT8_INSTRUCTIONS, Engine, typical_by_kind
from mobilenas.engine.host_session import Session
from mobilenas.engine.litert import LiteRT
from mobilenas.engine.onnx_runtime import PROFILED_RUNS, OnnxRuntime, operation_times
from mobilenas.engine.ssh import connected
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.timing.rounds import TimedRun

if TYPE_CHECKING:
    from torch import nn

NAME = re.compile(r"[^\s-]\S*")  # ssh takes what begins with a hyphen for an option


@dataclass(frozen=True, eq=False)
class HostedRun:
    """A piece that was prepared on a host; it is forgotten there when this object is gone.

    Args:
        session: the connection that it was sent over; it ends with that
        number: its number there
    """

    session: Session
    number: int

    def __call__(self) -> float:
        return hosted_visit([self], visit_ms=0)[0]


def hosted_visit(runs: Sequence[HostedRun], visit_ms: float) -> list[float]:
    """Runs pieces on their host in turn for some milliseconds, and returns the time of each."""
    numbers = [run.number for run in runs]
    return [float(ms) for ms in runs[0].session.ask("visit", pieces=numbers, visit_ms=visit_ms)["times_ms"]]


@dataclass(frozen=True)
class Host(Engine):
    """An engine on another machine: its files are written here, and they run there.

    Args:
        engine: the engine's settings
        host: the machine, as ssh knows it
        python: the interpreter there, which has numpy and the engine's package
    """

    engine: OnnxRuntime | LiteRT
    host: str
    python: str = "python3"

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.host):
            raise ValueError(f"host must be a machine as ssh knows it, like user@board, not {self.host!r}.")

    @property
    def images(self) -> int:
        return self.engine.images

    @property
    def about(self) -> dict[str, str]:
        facts = self._facts()
        return {name: str(facts.get(name, value)) for name, value in self.engine.about.items()}

    @property
    def moment(self) -> dict[str, str]:
        facts = self._facts()
        return {} if facts["load"] is None else {"load": f"{facts['load']:.2g} on {facts['cores']} cores"}

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        model = self._model(module, input, "piece")
        session = connected(self.host, self.python)
        answer = session.ask("prepare", **self._settings, model=model, held=sorted(session.held))
        run = HostedRun(session, int(answer["piece"]))
        session.held.add(run.number)
        weakref.finalize(run, session.held.discard, run.number)
        return run

    def visit(self, runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
        there = [run for run in runs if isinstance(run, HostedRun)]
        if len(there) < len(runs) or len({run.session for run in there}) > 1:
            raise ValueError(
                f"hardware.host={self.host}: the pieces belong to several connections: prepare them again."
            )
        return hosted_visit(there, visit_ms)

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str]:
        return self.engine.file(module, input, name)

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        if isinstance(self.engine, LiteRT):
            raise ValueError(f"hardware.host={self.host}: time by operation is not known of LiteRT on a host.")
        model = self._model(network.build().eval(), network.input, network.name)
        session = connected(self.host, self.python)
        found = session.ask("breakdown", **self._settings, model=model, runs=PROFILED_RUNS)
        return typical_by_kind(operation_times(json.loads(found["profile"])))

    def _facts(self) -> dict[str, Any]:
        return connected(self.host, self.python).ask("facts", **self._settings, int8_flags=INT8_INSTRUCTIONS)

    @property
    def _settings(self) -> dict[str, Any]:
        package = "ai-edge-litert" if isinstance(self.engine, LiteRT) else "onnxruntime"
        return {"package": package, "threads": self.engine.threads, "clock": self.engine.clock}

    def _model(self, module: nn.Module, input: Shape, name: str) -> str:
        return base64.b64encode(self.engine.file(module, input, name)[0]).decode()


def hosted(engine: Engine, host: str, python: str) -> Host:
    """Returns an engine on another machine.

    Raises:
        ValueError: the engine has no single file that could be sent, or the machine's name is none
    """
    if not isinstance(engine, OnnxRuntime | LiteRT):
        raise ValueError(
            f"host must be null with {type(engine).__name__}, not {host!r}: on another machine run ONNX Runtime"
            " (hardware=cpu) and LiteRT (hardware=litert)."
        )
    return Host(engine, host, python)
