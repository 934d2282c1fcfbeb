from .base import Engine as Engine
from .cuda import Cuda as Cuda
from .onnx_runtime import OnnxRuntime as OnnxRuntime
