from .gates import BinaryGates as BinaryGates
from .mixed import Choice as Choice
from .mixed import Mix as Mix
from .mixed import MixedOp as MixedOp
from .supernet import Supernet as Supernet
from .weighted import Weighted as Weighted
from .weights import load_supernet as load_supernet
from .weights import save_supernet as save_supernet
