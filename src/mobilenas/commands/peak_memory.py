"""Runs a model file in ONNX Runtime and prints the bytes of memory that this took at most; a program of its own.

It imports nothing else of the project, so that what it holds before is Python, NumPy and ONNX Runtime alone.
"""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

RUNS = 5


def _resident(name: str) -> int:
    """Returns the bytes in memory: ``VmRSS`` now, or ``VmHWM`` the most until now."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _peak(path: str, threads: int) -> int:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    with suppress(OSError):  # where it is refused, what importing took for a moment may count too
        Path("/proc/self/clear_refs").write_text("5")  # forgets the most until now
    before = _resident("VmRSS")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    images = np.random.default_rng(0).standard_normal(image.shape, dtype=np.float32)
    for _ in range(RUNS):
        session.run(None, {image.name: images})
    return _resident("VmHWM") - before


if __name__ == "__main__":
    sys.stdout.write(f"{_peak(sys.argv[1], int(sys.argv[2]))}\n")
