from .android import Android as Android
from .base import Engine as Engine
from .cuda import Cuda as Cuda
from .host import Host as Host
from .litert import LiteRT as LiteRT
from .ncnn import Ncnn as Ncnn
from .onnx_runtime import OnnxRuntime as OnnxRuntime
from .openvino import OpenVino as OpenVino
