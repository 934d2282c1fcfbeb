from .gates import BinaryGates as BinaryGates
from .mixed import Mix as Mix
from .mixed import MixedOp as MixedOp
from .mixed import Selection as Selection
from .supernet import Supernet as Supernet
from .weighted import Weighted as Weighted
from .weights import load_supernet as load_supernet
from .weights import save_supernet as save_supernet
