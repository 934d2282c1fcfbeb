"""Names of the files of a report."""

import re

PAGE, TABLE = "index.html", "networks.csv"
FRONT, HISTORY, KINDS, VALIDATION = "front.png", "history.png", "kinds.png", "validation.png"
SAMPLES = "samples.png"


def file_name(network: str, ending: str) -> str:
    """The name of a network's file; what could be a folder, or means something in an address, becomes ``_``."""
    return re.sub(r"[^\w.-]", "_", network, flags=re.ASCII) + ending


def picture_name(network: str) -> str:
    """The name of the picture of a network's layers."""
    return "layers-" + file_name(network, ".png")
