"""Names of the files of a report."""

from mobilenas.files.names import file_name

PAGE, TABLE = "index.html", "networks.csv"
FRONT, HISTORY, KINDS, VALIDATION = "front.png", "history.png", "kinds.png", "validation.png"
SAMPLES, SPEED = "samples.png", "speed.png"


def picture_name(network: str) -> str:
    """Returns the name of the picture of a network's layers."""
    return "layers-" + file_name(network, ".png")
