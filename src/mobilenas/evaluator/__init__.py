"""Evaluators: from an architecture to its accuracy and costs."""

from mobilenas.evaluator.accuracy import recalibrate, top1
from mobilenas.evaluator.base import Evaluation, Evaluator
from mobilenas.evaluator.scoring import FineTuning, ProxyScoring, Scoring, SupernetScoring
from mobilenas.evaluator.supernet import SupernetAccuracy, SupernetEvaluator

__all__ = [
    "Evaluation",
    "Evaluator",
    "FineTuning",
    "ProxyScoring",
    "Scoring",
    "SupernetAccuracy",
    "SupernetEvaluator",
    "SupernetScoring",
    "recalibrate",
    "top1",
]
