"""Measures the memory that a model file needs on its runtime, in a process of its own."""

import subprocess
import sys
from pathlib import Path

from mobilenas.engine import peak_memory


def peak_memory_mb(path: Path, threads: int, name: str = "") -> float | None:
    """Returns the most megabytes of memory that a process needs for a file, or None where the system does not tell.

    Args:
        path: an ONNX, a TFLite or an ExecuTorch file, or the ``.xml`` of an OpenVINO model
        threads: number of threads
        name: names the network in errors; by default the path

    Raises:
        ValueError: the process has ended in an error
    """
    if sys.platform != "linux":
        return None
    own = "-P"  # without the folder of the program, whose ``openvino.py`` is not the package
    command = [sys.executable, own, str(Path(peak_memory.__file__)), str(path), str(threads)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"])[-1]
        raise ValueError(
            f"{name or path}: the process that measures its memory has ended ({reason}): free some memory."
        )
    return int(ended.stdout) / 1e6
