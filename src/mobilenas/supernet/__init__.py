"""Over-parameterized networks built from the choice blocks of a layer-wise space."""

from mobilenas.supernet.gates import BinaryGates
from mobilenas.supernet.mixed import Choice, Mix, MixedOp
from mobilenas.supernet.supernet import Supernet
from mobilenas.supernet.weighted import Weighted
from mobilenas.supernet.weights import load_supernet, save_supernet

__all__ = ["BinaryGates", "Choice", "Mix", "MixedOp", "Supernet", "Weighted", "load_supernet", "save_supernet"]
