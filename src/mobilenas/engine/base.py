"""The interface of an engine, which runs and measures networks on a device."""

from __future__ import annotations

import os
import platform
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.timing.rounds import Clock, TimedRun, clock_of, visit_here

if TYPE_CHECKING:
    from torch import nn

Precision = Literal["fp32", "int8"]
"""The numbers that an engine computes with; int8: weights and maps have 8 bits."""

CPU_FACTS = Path("/proc/cpuinfo")  # of Linux

INT8_INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""Flags of processors that multiply and add numbers of 8 bits in one instruction: x86 and Arm."""


class Engine(ABC):
    """Runs networks on a device, and single layers in the same way."""

    @property
    @abstractmethod
    def images(self) -> int:
        """The number of images in one forward pass, whose time is the time of all of them together."""

    @property
    def runs_heads(self) -> bool:
        """Whether it runs the heads of detectors and segmenters."""
        return True

    @property
    def keeps_caches(self) -> bool:
        """Whether a piece finds the caches as the piece before has left them; if not, pieces run alone, not in laps."""
        return True

    @property
    @abstractmethod
    def about(self) -> Mapping[str, str]:
        """Everything that latency depends on, except the network: engine, version, device, batch, threads.

        Raises:
            ValueError: the device or the engine is missing
        """

    @property
    def moment(self) -> Mapping[str, str]:
        """What disturbs the device now, and may be different at another time."""
        return load_facts()

    @abstractmethod
    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        """Makes a module in eval mode ready to run on random images of a shape; the module is not changed."""

    def visit(self, runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
        """Runs prepared pieces in turn for some milliseconds, and returns the time of each."""
        return visit_here(runs, visit_ms)

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str] | None:
        """Returns the file that it runs for a module, with the ending of its name; None if there is no single file."""
        return None

    @abstractmethod
    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        """Returns the milliseconds of one forward pass by kind of operation, the largest first (MoGA Fig. 1)."""


def typical_by_kind(times: Iterable[tuple[str, str, float]]) -> dict[str, float]:
    """Returns the median milliseconds of each operation over forward passes, summed by kind, the largest first.

    Args:
        times: the kind of an operation, its name, and the milliseconds that it took in one of the passes
    """
    found: dict[tuple[str, str], list[float]] = {}
    for kind, name, took_ms in times:
        found.setdefault((kind, name), []).append(took_ms)
    totals: dict[str, float] = {}
    for (kind, _), took in found.items():
        totals[kind] = totals.get(kind, 0.0) + float(np.median(took))
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def cpu_name() -> str:
    """Returns the processor's name, as precisely as the system tells it."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def int8_instructions() -> str:
    """Returns the processor's instructions for products of 8 bits, or ``none``; ``unknown`` if it does not tell."""
    flags = next((line.split() for line in _cpu_lines() if line.startswith(("flags", "Features"))), None)
    if flags is None:
        return "unknown"
    return " ".join(flag for flag in INT8_INSTRUCTIONS if flag in flags) or "none"


def _cpu_lines() -> list[str]:
    return CPU_FACTS.read_text().splitlines() if CPU_FACTS.exists() else []


def noise_images(batch: int, input: Shape) -> NDArray[np.float32]:
    """Returns random images ``(batch, C, H, W)``, always the same ones."""
    shape = (batch, input.channels, input.height, input.width)
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def cpu_facts(
    engine: str, version: str, threads: int, batch: int, clock: Clock, precision: Precision = "fp32"
) -> dict[str, str]:
    """Returns what latency depends on for an engine on this machine's processor."""
    facts = {"engine": engine, "version": version, "device": cpu_name(), "precision": precision}
    if precision == "int8":
        facts["int8_instructions"] = int8_instructions()
    return facts | {"threads": str(threads), "batch": str(batch), "clock": clock_of(threads, clock)}


def load_facts() -> dict[str, str]:
    """Returns how many programs want to run on this machine, the mean of a minute, if it tells."""
    if not hasattr(os, "getloadavg"):
        return {}
    return {"load": f"{os.getloadavg()[0]:.2g} on {os.cpu_count()} cores"}


def version_of(package: str, called: str, extra: str, otherwise: str = "choose hardware=cpu") -> str:
    """Returns the version of an engine's package without importing it; raises ValueError if it is not installed.

    Args:
        package: the name of the package
        called: the name of the engine
        extra: the extra of this project that has it
        otherwise: what the user can do instead
    """
    try:
        return version(package)
    except PackageNotFoundError:
        raise ValueError(
            f"{called} is not installed: write pip install 'mobilenas[{extra}]', or {otherwise}."
        ) from None
