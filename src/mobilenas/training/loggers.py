"""What Lightning prints."""

from __future__ import annotations

import logging
import warnings
from itertools import product

SUBPACKAGES = ("accelerators", "callbacks", "core", "loggers", "loops", "plugins", "strategies", "trainer", "utilities")
"""Of Lightning, that have messages for the user."""


def quiet_lightning() -> None:
    """Makes Lightning print only errors, because this project's progress bars show its progress.

    The import of Lightning sets the level of the package's logger, which would undo this. The levels of the
    subpackages' loggers stay.
    """
    for package, part in product(("pytorch_lightning", "lightning_fabric"), SUBPACKAGES):
        logging.getLogger(f"{package}.{part}").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
