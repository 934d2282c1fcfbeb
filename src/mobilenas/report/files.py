"""Names of what a report consists of, and how it is written."""

import re
from collections.abc import Mapping
from pathlib import Path

from matplotlib.figure import Figure

from mobilenas.report.result import RunResult

PAGE, TABLE = "index.html", "networks.csv"


def file_name(network: str, ending: str) -> str:
    """The name of a network's file; what could be a folder, or means something in an address, becomes ``_``."""
    return re.sub(r"[^\w.-]", "_", network) + ending
