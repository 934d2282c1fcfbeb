"""Training methods as LightningModules: of supernets, and of stand-alone networks."""

from mobilenas.method.fair import Fair, fair_paths
from mobilenas.method.retrain import Retrain

__all__ = ["Fair", "Retrain", "fair_paths"]
