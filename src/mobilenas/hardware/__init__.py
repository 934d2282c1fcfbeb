"""Latency: tables of measured layers, and the engines that measure them."""

from mobilenas.hardware.base import LatencyModel
from mobilenas.hardware.costs import Costs, CostTable
from mobilenas.hardware.expected import ExpectedLatency
from mobilenas.hardware.local import LocalHardware
from mobilenas.hardware.measured import MeasuredHardware
from mobilenas.hardware.predicted import PredictorHardware
from mobilenas.hardware.predictor import LatencyPredictor
from mobilenas.hardware.profile import Hardware, Profile, TableHardware
from mobilenas.hardware.table import LatencyTable
from mobilenas.hardware.validation import Validation

__all__ = [
    "CostTable",
    "Costs",
    "ExpectedLatency",
    "Hardware",
    "LatencyModel",
    "LatencyPredictor",
    "LatencyTable",
    "LocalHardware",
    "MeasuredHardware",
    "PredictorHardware",
    "Profile",
    "TableHardware",
    "Validation",
]
