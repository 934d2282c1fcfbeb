"""Runs a model file on its runtime and prints the bytes of memory that this took at most; a program of its own.

It imports nothing else of the project, so that what it holds before is Python, NumPy and the runtime alone.
"""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

RUNS = 5

Load = Callable[[str], Callable[[], object]]
"""Loads a file, and returns what runs it."""


def peak_bytes(action: Callable[[], object]) -> int:
    """Returns the bytes of memory that this process takes at most during an action, beyond those of before.

    Not by ``getrusage``: there a process that was forked starts with the peak of the one that started it.
    """
    with suppress(OSError):  # where it is refused, what was taken for a moment before may count too
        Path("/proc/self/clear_refs").write_text("5")  # forgets the most until now
    before = _resident("VmRSS")
    action()
    return _resident("VmHWM") - before


def _resident(name: str) -> int:
    """Returns the bytes in memory: ``VmRSS`` now, or ``VmHWM`` the most until now."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _peak(path: str, threads: int) -> int:
    load = LOADERS[Path(path).suffix](threads)

    def loaded_and_run() -> None:
        run = load(path)
        for _ in range(RUNS):
            run()

    return peak_bytes(loaded_and_run)


def _onnx_runtime(threads: int) -> Load:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3

    def load(path: str) -> Callable[[], object]:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (image,) = session.get_inputs()
        kind = image.type.removeprefix("tensor(").removesuffix(")").replace("float", "float32")
        images = np.random.default_rng(0).uniform(0, 100, image.shape).astype(kind)
        return lambda: session.run(None, {image.name: images})

    return load


def _litert(threads: int) -> Load:
    from ai_edge_litert.interpreter import Interpreter

    def load(path: str) -> Callable[[], object]:
        interpreter = Interpreter(model_path=path, num_threads=threads)
        interpreter.allocate_tensors()
        return lambda: interpreter.invoke()

    return load


def _openvino(threads: int) -> Load:
    modules: dict[str, Any] = sys.modules
    modules["openvino_telemetry"] = None  # else each import is reported over the network
    import openvino

    core = openvino.Core()
    properties = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}

    def load(path: str) -> Callable[[], object]:
        request = core.compile_model(core.read_model(path), "CPU", properties).create_infer_request()
        target = request.get_input_tensor().data
        target[...] = np.random.default_rng(0).uniform(0, 100, target.shape)
        return lambda: request.infer()

    return load


def _executorch(threads: int) -> Load:
    import torch
    from executorch.extension.pybindings import portable_lib

    portable_lib._unsafe_reset_threadpool(threads)

    def load(path: str) -> Callable[[], object]:
        module = portable_lib._load_for_executorch(path)
        shape = tuple(module.method_meta("forward").input_tensor_meta(0).sizes())
        images = torch.from_numpy(np.random.default_rng(0).uniform(0, 100, shape).astype(np.float32))
        return lambda: module.forward((images,), clone_outputs=False)

    return load


LOADERS = {".onnx": _onnx_runtime, ".tflite": _litert, ".xml": _openvino, ".pte": _executorch}
"""What loads a file, by its ending."""


if __name__ == "__main__":
    sys.stdout.write(f"{_peak(sys.argv[1], int(sys.argv[2]))}\n")
