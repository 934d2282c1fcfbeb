"""Writes the anchors of a detector beside its exported file, because its boxes are relative to them."""

from pathlib import Path

from mobilenas.files.text import write_table
from mobilenas.network.heads import SSDLite
from mobilenas.network.spec import NetworkSpec

ENDING = ".anchors.csv"
COLUMNS = ("left", "top", "right", "bottom")


def anchors_path(exported: Path) -> Path:
    """Returns the path of the file that belongs to an exported detector."""
    return exported.with_name(exported.name + ENDING)


def write_anchors(network: NetworkSpec, exported: Path) -> Path | None:
    """Writes a row for each anchor, in pixels of the network's image and in the order of its outputs.

    Returns:
        the path of the file; None if the network is no detector, and nothing was written
    """
    if not isinstance(network.head, SSDLite):
        return None
    from mobilenas.task.anchors import anchors_of

    path = anchors_path(exported)
    write_table(path, {}, COLUMNS, anchors_of(network).tolist())
    return path
