"""Runs networks on another machine; ``ssh`` sends this file there alone, so that it imports nothing of the project.

It needs Python 3.8, numpy and the engine's own package. Each line of the standard input is a question in JSON, and each
line of the standard output is the answer to one.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

CPU_FACTS, BOARD = Path("/proc/cpuinfo"), Path("/proc/device-tree/model")  # of Linux
LITERT = "ai-edge-litert"
ERRORS_ALONE = 3
INTEGERS = {"tensor(uint8)": "uint8", "tensor(int8)": "int8"}


def _serve() -> None:
    """Answers each question; a failure is an answer too."""
    output = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    pieces: dict[int, Callable[[], float]] = {}
    with os.fdopen(output, "w") as answers:
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(line, pieces)), file=answers, flush=True)


def _answer(line: str, pieces: dict[int, Callable[[], float]]) -> dict[str, Any]:
    try:
        question = json.loads(line)
        ask = question["ask"]
        if ask == "visit":
            return {"times_ms": _visit([pieces[number] for number in question["pieces"]], question["visit_ms"])}
        if ask == "prepare":
            return {"piece": _prepare(question, pieces)}
        return _breakdown(question) if ask == "breakdown" else _facts(question)
    except ModuleNotFoundError as error:
        return {"error": str(error), "missing": error.name}
    except Exception as error:  # whatever it is, the other side says it in its sentence
        return {"error": f"{type(error).__name__}: {error}"}


def _facts(question: dict[str, Any]) -> dict[str, Any]:
    """Returns what latency depends on; fails if a package is missing."""
    _noise((1,))
    if question["package"] == LITERT:
        import_module("ai_edge_litert.interpreter")
    else:
        _runtime()
    flags = next((line.split() for line in _cpu_lines() if line.startswith(("flags", "Features"))), None)
    found = [flag for flag in question["int8_flags"] if flag in (flags or ())]
    return {
        "python": platform.python_version(),
        "version": version(question["package"]),
        "device": _processor(),
        "int8_instructions": "unknown" if flags is None else " ".join(found) or "none",
        "clock": _clock(question)[0],
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    """Returns the processor's name; Arm's boards tell their own name instead."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    if BOARD.exists():
        names.append(BOARD.read_text().strip("\0\n "))
    parts = sorted({line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("CPU part")})
    return names[0] if names else " ".join([platform.processor() or platform.machine(), *parts])


def _cpu_lines() -> list[str]:
    return CPU_FACTS.read_text().splitlines() if CPU_FACTS.exists() else []


def _clock(question: dict[str, Any]) -> tuple[str, Callable[[], int]]:
    """Returns what is counted, and the clock: the thread's own time is known of one thread, on Linux."""
    if question["clock"] == "processor" and question["threads"] == 1 and sys.platform == "linux":
        return "processor", time.thread_time_ns
    return "wall", time.perf_counter_ns


def _prepare(question: dict[str, Any], pieces: dict[int, Callable[[], float]]) -> int:
    """Makes a model ready to run, and forgets the pieces that nobody holds any more; returns its number."""
    for number in set(pieces) - set(question["held"]):
        del pieces[number]
    make = _litert if question["package"] == LITERT else _onnx_runtime
    number = max(pieces, default=-1) + 1
    pieces[number] = make(base64.b64decode(question["model"]), question["threads"], _clock(question)[1])
    return number


def _onnx_runtime(model: bytes, threads: int, now: Callable[[], int]) -> Callable[[], float]:
    import numpy as np

    session = _session(model, threads)
    feed = _feed(session)
    ((name, place),) = feed.items()
    images = place.copy()

    def run() -> float:
        np.copyto(feed[name], images)  # within a network the layer before has just written it
        begin = now()
        session.run(None, feed)
        return (now() - begin) / 1e6

    return run


def _session(model: bytes, threads: int, profile: str = "") -> Any:
    options = _runtime().SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ALONE
    options.add_session_config_entry("session.use_env_allocators", "1")
    # Denormal numbers are slow. The first session sets this for its thread, and there is only one thread here.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, profile
    return _runtime().InferenceSession(model, options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _runtime() -> Any:
    """Imports ONNX Runtime, with one arena for all sessions: a layer works in memory that was just in use."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # which would write into the home folder
    import onnxruntime

    kind, place = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, onnxruntime.OrtMemType.DEFAULT
    onnxruntime.create_and_register_allocator(onnxruntime.OrtMemoryInfo("Cpu", kind, 0, place), None)
    return onnxruntime


def _feed(session: Any) -> dict[str, Any]:
    """Returns random images, of 8 bits if the graph reads such."""
    (input,) = session.get_inputs()
    images = _noise(input.shape)
    whole = INTEGERS.get(input.type)
    return {input.name: (64 * images).clip(0, 127).astype(whole) if whole else images}


def _noise(shape: Any) -> Any:
    import numpy as np

    return np.random.default_rng(0).standard_normal(tuple(shape), dtype=np.float32)


def _litert(model: bytes, threads: int, now: Callable[[], int]) -> Callable[[], float]:
    """LiteRT takes denormal numbers as zero by itself while it runs."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    (input,) = interpreter.get_input_details()
    batch, height, width, channels = map(int, input["shape"])
    images = np.ascontiguousarray(_noise((batch, channels, height, width)).transpose(0, 2, 3, 1))
    scale, zero = input["quantization"]
    if scale:
        images = np.clip(np.round(images / scale) + zero, -128, 127).astype(np.int8)
    place, put, invoke = input["index"], interpreter.set_tensor, interpreter.invoke
    put(place, images)
    invoke()

    def run() -> float:
        put(place, images)  # within a network the layer before has just written it
        begin = now()
        invoke()
        return (now() - begin) / 1e6

    return run


def _visit(runs: list[Callable[[], float]], visit_ms: float) -> list[float]:
    """Returns the median time of each piece, over turns in which all pieces run one after the other."""
    turns: list[list[float]] = []
    passed_ms = 0.0
    with _pinned():
        while len(turns) < 2 or passed_ms < visit_ms:
            turns.append([run() for run in runs])
            passed_ms += sum(turns[-1])
    warm = turns[max(1, len(turns) // 4) :]
    return [median(turn[place] for turn in warm) for place in range(len(runs))]


def _breakdown(question: dict[str, Any]) -> dict[str, str]:
    """Returns the text of ONNX Runtime's profile of some forward passes."""
    with tempfile.TemporaryDirectory() as folder:
        session = _session(base64.b64decode(question["model"]), question["threads"], str(Path(folder) / "profile"))
        feed = _feed(session)
        with _pinned():
            for _ in range(question["runs"]):
                session.run(None, feed)
        return {"profile": Path(session.end_profiling()).read_text()}


@contextmanager
def _pinned() -> Iterator[None]:
    """Keeps this thread on one core, if the system allows it."""
    if sys.platform != "linux":
        yield
        return
    allowed = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, allowed)


if __name__ == "__main__":
    _serve()
