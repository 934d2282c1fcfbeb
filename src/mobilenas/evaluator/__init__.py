"""Evaluators: from an architecture to its accuracy and costs."""

from mobilenas.evaluator.base import Evaluator
from mobilenas.evaluator.scoring import ProxyScoring, Scoring, SupernetScoring
from mobilenas.evaluator.supernet import SupernetAccuracy, SupernetEvaluator

__all__ = [
    "Evaluator",
    "ProxyScoring",
    "Scoring",
    "SupernetAccuracy",
    "SupernetEvaluator",
    "SupernetScoring",
]
