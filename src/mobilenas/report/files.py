"""Names of the files of a report."""

from mobilenas.files.names import file_name

PAGE, TABLE = "index.html", "networks.csv"
FRONT = "front.png"


def picture_name(network: str) -> str:
    """Returns the name of the picture of a network's layers."""
    return "layers-" + file_name(network, ".png")
