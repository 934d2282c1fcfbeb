"""Finds the folder of the YAML files."""

from pathlib import Path


def conf_dir() -> Path:
    """Returns ``mobilenas/conf`` in an installed wheel, otherwise ``conf`` at the repository's root.

    Raises:
        FileNotFoundError: neither folder exists
    """
    package = Path(__file__).resolve().parent
    places = (package / "conf", package.parents[1] / "conf")
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"There is no conf folder at {places[0]} or {places[1]}; install mobilenas again.")
