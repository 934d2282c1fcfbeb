"""Writes networks in the formats that engines read."""

from mobilenas.engine.export.onnx import check_onnx, load_onnxruntime, to_onnx

__all__ = ["check_onnx", "load_onnxruntime", "to_onnx"]
