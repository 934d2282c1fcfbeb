"""Evaluators: from an architecture to its accuracy and costs."""

from mobilenas.evaluator.base import Evaluation, Evaluator
from mobilenas.evaluator.supernet import SupernetAccuracy, SupernetEvaluator, SupernetScoring, recalibrate, top1

__all__ = ["Evaluation", "Evaluator", "SupernetAccuracy", "SupernetEvaluator", "SupernetScoring", "recalibrate", "top1"]
