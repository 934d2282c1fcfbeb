"""Engines: what runs a layer or a network on a device, and the files that they read."""

from mobilenas.engine.base import Engine
from mobilenas.engine.cuda import Cuda
from mobilenas.engine.onnx_runtime import OnnxRuntime

__all__ = ["Cuda", "Engine", "OnnxRuntime"]
