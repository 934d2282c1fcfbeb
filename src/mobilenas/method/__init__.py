"""Training methods as LightningModules: of supernets, and of stand-alone networks."""

from mobilenas.method.base import SupernetMethod
from mobilenas.method.binarized import Binarized
from mobilenas.method.fair import Fair, fair_paths
from mobilenas.method.gumbel import Gumbel

__all__ = ["Binarized", "Fair", "Gumbel", "SupernetMethod", "fair_paths"]
