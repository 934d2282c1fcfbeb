"""Where the YAML files lie."""

from pathlib import Path


def conf_dir() -> Path:
    """``mobilenas/conf`` beside the package in an installed wheel, else ``conf`` at the repository's root.

    Raises:
        FileNotFoundError: neither is there
    """
    package = Path(__file__).resolve().parents[1]
    places = (package / "conf", package.parents[1] / "conf")
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"There is no conf folder at {places[0]} or {places[1]}; install mobilenas again.")
