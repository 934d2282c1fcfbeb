"""Evaluators: from an architecture to its accuracy and costs."""

from mobilenas.evaluator.base import Evaluation, Evaluator

__all__ = ["Evaluation", "Evaluator"]
