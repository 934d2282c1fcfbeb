"""Over-parameterized networks built from the choice blocks of a layer-wise space."""

from mobilenas.supernet.supernet import MixedOp, Supernet
from mobilenas.supernet.weights import load_supernet, save_supernet

__all__ = ["MixedOp", "Supernet", "load_supernet", "save_supernet"]
