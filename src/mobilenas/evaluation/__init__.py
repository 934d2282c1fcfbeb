"""Architectures, their evaluations, and the store that keeps the evaluations."""

from mobilenas.evaluation.architecture import Architecture
from mobilenas.evaluation.evaluation import Evaluation, Score
from mobilenas.evaluation.store import Store

__all__ = ["Architecture", "Evaluation", "Score", "Store"]
