"""An Android phone, on which TensorFlow Lite's own benchmark_model runs TFLite files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from shlex import join
from typing import TYPE_CHECKING, Literal

from mobilenas.engine.base import Engine
from mobilenas.engine.benchmark_report import forward_pass_ms, operator_times, why_no_time
from mobilenas.engine.litert import LiteRT, mean_by_kind, product_kinds
from mobilenas.engine.phone import Phone, connected_phone
from mobilenas.engine.phone_facts import device_name, warmth
from mobilenas.files.paths import path_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.settings import Count, Factor, NonEmpty, NonNegative, Positive, Threads, aside, settings
from mobilenas.timing.rounds import TimedRun

if TYPE_CHECKING:
    from torch import nn

PhonePrecision = Literal["fp32", "fp16", "int8"]

NO_GPU = "will not be executed by the delegate"  # and the CPU computes instead
DIGITS = 12  # of the hash of a file


@settings
class Android(Engine):
    """A phone that is connected by USB; a forward pass takes one image.

    Args:
        binary: path of benchmark_model on this machine
        threads: number of threads that share the work of one operation
        precision: fp32; fp16 computes a file of 32 bits with 16, on a processor with such instructions or on the GPU;
            int8, whose ranges are those of random images: they do not change the time
        cores: cores of the phone, as a hexadecimal mask for taskset: f0 names cores 4 to 7; null leaves them to it
        gpu: whether its GPU computes
        runs: number of forward passes that are timed in each call of the binary
        warm_up_runs: the least number of forward passes before them
        warm_up_s: the least duration of the warm-up; a phone raises its clock after some ten milliseconds of work
        serial: names the phone, as adb devices lists it; null takes the only one
        adb: name or path of adb
        timeout_s: seconds after which a call is given up
        folder: folder of the phone that the binary and the networks are written to
    """

    binary: NonEmpty = aside()
    threads: Threads
    precision: PhonePrecision = "fp32"
    cores: NonEmpty | None = None
    gpu: bool = False
    runs: Positive = 20
    warm_up_runs: Count = 5
    warm_up_s: NonNegative = 0.1
    serial: NonEmpty | None = aside(default=None)
    adb: NonEmpty = aside(default="adb")
    timeout_s: Factor = aside(default=120.0)
    folder: NonEmpty = aside(default="/data/local/tmp/mobilenas")

    def __post_init__(self) -> None:
        if self.cores is not None and not re.fullmatch("[0-9a-fA-F]*[1-9a-fA-F][0-9a-fA-F]*", self.cores):
            raise ValueError(f"Android: cores must be a hexadecimal mask such as f0, not {self.cores!r}.")

    @property
    def images(self) -> int:
        return 1

    @property
    def keeps_caches(self) -> bool:
        return False  # every call is a process of its own

    @cached_property
    def about(self) -> Mapping[str, str]:
        version = _hash(self._content)  # first, because a wrong path is told also without a phone
        facts = {"engine": "android", "version": version, "device": device_name(self._phone), "batch": "1"}
        facts |= {"precision": self.precision, "threads": str(self.threads), "cores": self.cores or "any"}
        facts |= {"gpu": str(self.gpu).lower(), "runs": str(self.runs)}
        return facts | {"warm_up": f"{self.warm_up_runs} runs and {self.warm_up_s:g} s"}

    @property
    def moment(self) -> Mapping[str, str]:
        return warmth(self._phone)

    def prepare(self, module: nn.Module, input: Shape) -> TimedRun:
        place = self._pushed(self.file(module, input, "piece")[0])
        return lambda: self._report(place)[1]

    def visit(self, runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
        """Runs every piece once, because the binary itself warms up and repeats."""
        return [run() for run in runs]

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        model, _ = self.file(network.build().eval(), network.input, network.name)
        times = operator_times(self._report(self._pushed(model), "--enable_op_profiling=true")[0])
        if not times:
            raise ValueError(f"{self.binary} tells no time by operation: take a newer benchmark_model.")
        return mean_by_kind([times], product_kinds(model))

    def file(self, module: nn.Module, input: Shape, name: str) -> tuple[bytes, str]:
        return LiteRT(self.threads, 1, "int8" if self.precision == "int8" else "fp32").file(module, input, name)

    def _report(self, place: str, *options: str) -> tuple[str, float]:
        """Runs the binary with a network that is on the phone, and returns what it writes, and the milliseconds."""
        said = self._phone.shell(self._command(place, *options))
        took_ms = forward_pass_ms(said)
        if took_ms is None:
            self._phone.check()
            raise ValueError(why_no_time(said, self.binary))
        if self.gpu and NO_GPU in said:
            raise ValueError(
                "The phone's GPU does not compute this network, and its CPU did instead: set hardware.engine.gpu=false."
            )
        return said, took_ms

    def _command(self, place: str, *options: str) -> str:
        flags = {
            "graph": place, "num_threads": self.threads, "num_runs": self.runs, "min_secs": 0,
            "warmup_runs": self.warm_up_runs, "warmup_min_secs": f"{self.warm_up_s:g}",
        }  # fmt: skip
        half = str(self.precision == "fp16").lower()
        if self.gpu:
            flags |= {"use_gpu": "true", "gpu_precision_loss_allowed": half}  # by itself a GPU computes with 16 bits
        elif self.precision == "fp16":
            flags["xnnpack_force_fp16"] = half
        chosen = [*(f"--{name}={value}" for name, value in flags.items()), *options]
        return join([*(["taskset", self.cores] if self.cores else []), self._program, *chosen])

    @cached_property
    def _phone(self) -> Phone:
        return connected_phone(self.adb, self.serial, self.timeout_s)

    @property
    def _content(self) -> bytes:
        try:
            return path_of(self.binary).read_bytes()
        except OSError as error:
            raise ValueError(
                f"hardware.engine.binary={self.binary} cannot be read ({error.strerror}): download the nightly prebuilt"
                " android_aarch64_benchmark_model, which TensorFlow Lite's page on performance measurement links to."
            ) from None

    @cached_property
    def _program(self) -> str:
        return self._pushed(self._content, "benchmark_model-", "")

    def _pushed(self, content: bytes, begin: str = "", end: str = ".tflite") -> str:
        """Returns the place of a file on the phone, where it is written unless it is there."""
        place = f"{self.folder.rstrip('/')}/{begin}{_hash(content)}{end}"
        self._phone.push(content, place)
        return place


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]
