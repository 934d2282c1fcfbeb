"""Reads LiteRT's own profiler through its C interface, because its Python packages do not give it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mobilenas.engine.base import version_of

LIBRARY = "libLiteRt.so"
KNOWN = "2.3."  # the versions whose functions and events are as they are called and read here
CPU = 1  # of the accelerators
OPERATORS = (2, 8)  # events: an operator of LiteRT itself has run, or one of XNNPACK
TYPE_BYTES = 1024  # more than the type of any tensor has
WARM_UP_RUNS = 3


class _Event(ctypes.Structure):
    """An event of the profiler, as the library lays it out."""

    _fields_ = (
        ("tag", c_char_p),
        ("type", c_int),
        ("start_us", c_uint64),
        ("took_us", c_uint64),
        ("memory", c_uint64 * 6),
        ("node", c_uint64),
        ("more", c_uint64),
        ("source", c_int),
    )


@dataclass(frozen=True)
class OperatorTime:
    """The time of an operator in one forward pass.

    Args:
        tag: the name of its kernel
        number: its place among the operators that ran
        ms: the milliseconds that it took
    """

    tag: str
    number: int
    ms: float


def profiled(model: bytes, threads: int, runs: int) -> list[list[OperatorTime]]:
    """Returns the times of all operators of a model in each of some forward passes.

    Args:
        model: the TFLite file
        threads: number of threads
        runs: number of forward passes

    Raises:
        ValueError: this version of LiteRT has no such profiler, or another interface to it
    """
    if not litert_version().startswith(KNOWN):
        raise ValueError(_missing(litert_version()))
    with ExitStack() as stack:
        library = _Library()
        environment = stack.enter_context(library.made("LiteRtCreateEnvironment", "LiteRtDestroyEnvironment", 0, None))
        content = ctypes.create_string_buffer(model, len(model))
        whole = (content, c_size_t(len(model)))
        loaded = stack.enter_context(
            library.made("LiteRtCreateModelFromBuffer", "LiteRtDestroyModel", environment, *whole)
        )
        options = stack.enter_context(library.options(threads))
        compiled = stack.enter_context(
            library.made("LiteRtCreateCompiledModel", "LiteRtDestroyCompiledModel", environment, loaded, options)
        )
        outputs = library.output_count(loaded)
        made = [("Input", 0), *(("Output", place) for place in range(outputs))]
        image, *ends = [stack.enter_context(library.buffer(environment, loaded, compiled, *end)) for end in made]
        profiler = library.found("LiteRtCompiledModelGetProfiler", compiled)
        found: list[list[OperatorTime]] = []
        for _ in range(WARM_UP_RUNS + runs):
            library.call("LiteRtResetProfiler", profiler)
            library.call("LiteRtStartProfiler", profiler)
            library.run(compiled, image, ends)
            library.call("LiteRtStopProfiler", profiler)
            found.append(library.events(profiler))
    return found[WARM_UP_RUNS:]


class _Library:
    """The C interface of LiteRT; every function returns a status, and 0 is success."""

    def __init__(self) -> None:
        spec = find_spec("ai_edge_litert")
        folders = [Path(place) for place in (spec.submodule_search_locations or () if spec else ())]
        path = next((folder / LIBRARY for folder in folders if (folder / LIBRARY).exists()), None)
        if path is None:
            raise ValueError(_missing(LIBRARY))
        self._library = ctypes.CDLL(str(path))

    def call(self, name: str, *arguments: Any) -> None:
        """Calls a function; raises ValueError if it is not there, or fails."""
        function = getattr(self._library, name, None)
        if function is None or (status := function(*arguments)):
            raise ValueError(_missing(name if function is None else f"{name}: status {status}"))

    def found(self, name: str, *arguments: Any) -> c_void_p:
        """Returns what a function writes to its last argument."""
        result = c_void_p()
        self.call(name, *arguments, byref(result))
        if not result:
            raise ValueError(_missing(name))
        return result

    @contextmanager
    def made(self, create: str, destroy: str, *arguments: Any) -> Iterator[c_void_p]:
        """Makes an object, and destroys it at the end."""
        result = self.found(create, *arguments)
        try:
            yield result
        finally:
            end = getattr(self._library, destroy)
            end.restype = None
            end(result)

    @contextmanager
    def options(self, threads: int) -> Iterator[c_void_p]:
        """Makes the options of a model that runs on the CPU and is profiled."""
        with self.made("LiteRtCreateOptions", "LiteRtDestroyOptions") as options:
            self.call("LiteRtSetOptionsHardwareAccelerators", options, CPU)
            texts = {b"runtime_options_string": "enable_profiling = true\n", b"xnnpack": f"num_threads = {threads}\n"}
            kept = ctypes.CFUNCTYPE(None, c_void_p)(lambda payload: None)  # Python owns the texts
            payloads = [ctypes.create_string_buffer(text.encode()) for text in texts.values()]
            for name, payload in zip(texts, payloads, strict=True):
                opaque = self.found("LiteRtCreateOpaqueOptions", name, payload, kept)
                self.call("LiteRtAddOpaqueOptions", options, opaque)
            yield options

    @contextmanager
    def buffer(
        self, environment: c_void_p, model: c_void_p, compiled: c_void_p, end: str, place: int
    ) -> Iterator[c_void_p]:
        """Makes the buffer of the model's input or of one of its outputs."""
        signature = self.found("LiteRtGetModelSignature", model, c_size_t(0))
        tensor = self.found(f"LiteRtGetSignature{end}TensorByIndex", signature, c_size_t(place))
        kind = ctypes.create_string_buffer(TYPE_BYTES)
        self.call("LiteRtGetRankedTensorType", tensor, kind)
        needs = self.found(f"LiteRtGetCompiledModel{end}BufferRequirements", compiled, c_size_t(0), c_size_t(place))
        create, destroy = "LiteRtCreateManagedTensorBufferFromRequirements", "LiteRtDestroyTensorBuffer"
        with self.made(create, destroy, environment, kind, needs) as buffer:
            yield buffer

    def output_count(self, model: c_void_p) -> int:
        """Returns the number of the model's outputs."""
        count = c_size_t()
        self.call(
            "LiteRtGetNumSignatureOutputs", self.found("LiteRtGetModelSignature", model, c_size_t(0)), byref(count)
        )
        return count.value

    def run(self, compiled: c_void_p, input: c_void_p, outputs: Sequence[c_void_p]) -> None:
        inputs, ends = (c_void_p * 1)(input), (c_void_p * len(outputs))(*outputs)
        self.call("LiteRtRunCompiledModel", compiled, c_size_t(0), c_size_t(1), inputs, c_size_t(len(outputs)), ends)

    def events(self, profiler: c_void_p) -> list[OperatorTime]:
        """Returns the operators' events since the profiler has started."""
        count = c_int()
        self.call("LiteRtGetNumProfilerEvents", profiler, byref(count))
        events = (_Event * count.value)()
        self.call("LiteRtGetProfilerEvents", profiler, count, events)
        ran = [event for event in events if event.type in OPERATORS]
        return [OperatorTime(event.tag.decode(), place, event.took_us / 1e3) for place, event in enumerate(ran)]


def litert_version() -> str:
    """Returns the version of LiteRT; raises ValueError if it is not installed."""
    return version_of("ai-edge-litert", "LiteRT", "litert", "choose hardware=cpu, or another runtime")


def _missing(what: str) -> str:
    return (
        f"This version of LiteRT does not give its profiler ({what}), so that time by operation is not known: install"
        " ai-edge-litert 2.3."
    )


def quantizer_version() -> str:
    """Returns the version of what makes int8 of TFLite files; raises ValueError if it is not installed."""
    called = "AI Edge Quantizer, which makes int8 of TFLite,"
    return version_of("ai-edge-quantizer", called, "litert", "choose precision=fp32, or another runtime")
