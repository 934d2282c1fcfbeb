"""The weights that a supernet begins with."""

from typing import TypeVar

from mobilenas.method.base import PARENT, Init
from mobilenas.method.supernet_method import SupernetMethod
from mobilenas.ops.modules import zero_init_residuals
from mobilenas.settings import Given

M = TypeVar("M", bound=SupernetMethod)


def begun(module: M, init: Init, given: Given) -> M:
    """Returns the module with the weights that its supernet begins with; its own are random."""
    if init == "zero":
        zero_init_residuals(module.supernet)
    elif init == "inherit":
        module.supernet.load_state_dict(given[PARENT])
    return module
