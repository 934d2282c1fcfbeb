"""The stages of a run, a file each; every one writes one artifact of its own into the run's folder."""

from mobilenas.stages.adapt import adapt
from mobilenas.stages.base import Candidate, Experiment, asks_for
from mobilenas.stages.profile import profile
from mobilenas.stages.report import report
from mobilenas.stages.retrain import retrain
from mobilenas.stages.search import search
from mobilenas.stages.seed import seed
from mobilenas.stages.supernet import supernet

__all__ = [
    "Candidate",
    "Experiment",
    "adapt",
    "asks_for",
    "profile",
    "report",
    "retrain",
    "search",
    "seed",
    "supernet",
]
