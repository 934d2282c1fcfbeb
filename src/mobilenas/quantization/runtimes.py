"""The runtimes whose files a network is written to, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from mobilenas.quantization.onnx_files import OnnxFiles
from mobilenas.quantization.openvino_files import OpenVinoFiles
from mobilenas.quantization.runtime import Runtime
from mobilenas.quantization.tflite_files import TfliteFiles

RUNTIMES: Mapping[str, Runtime] = MappingProxyType(
    {"litert": TfliteFiles(), "onnx_runtime": OnnxFiles(), "openvino": OpenVinoFiles()}
)
