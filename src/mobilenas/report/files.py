"""Names of the files of a report."""

import re

PAGE, TABLE = "index.html", "networks.csv"
FRONT, HISTORY, KINDS, VALIDATION = "front.png", "history.png", "kinds.png", "validation.png"
SAMPLES, SPEED = "samples.png", "speed.png"
INT8 = "-int8.json"


def file_name(network: str, ending: str) -> str:
    """Returns the name of a network's file; characters with a meaning in paths or addresses become ``_``."""
    return re.sub(r"[^\w.-]", "_", network, flags=re.ASCII) + ending


def picture_name(network: str) -> str:
    """Returns the name of the picture of a network's layers."""
    return "layers-" + file_name(network, ".png")
