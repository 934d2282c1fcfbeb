"""The network that settings give, to be trained or made smaller."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mobilenas.network.improvement import improve
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import resized, scale_width, set_classes, set_resolution


def given_networks(
    settings: Mapping[str, Any], improvements: Sequence[str], classes: int, resolution: int
) -> tuple[NetworkSpec, ...]:
    """The network to train where there is no search: from a file at the file's own size, else a published one.

    It is improved before its size changes: N of ``h_swish@N`` counts channels as they are published.
    """
    file, published = settings["network_file"], settings.get("network") or {}
    if not file and not published:
        return ()
    if "search" in settings["stages"]:
        raise ValueError(
            "A network to train and a search for others do not go together: leave out network, or the stages supernet"
            " and search, as in stages=[profile,retrain,report]."
        )
    if file:
        network = improve(NetworkSpec.load(Path(file)), improvements)
        network = set_resolution(set_classes(network, classes), resolution)
    else:
        scale = settings["scale"]
        network = improve(NetworkSpec.from_dict(published, "network"), improvements)
        network = resized(network, classes, resolution, scale["width"], scale["hidden"], scale["unstrided"])
    return (scale_width(network, settings["network_width"]),)


def found_width(settings: Mapping[str, Any]) -> float:
    """Of the networks that a search or NetAdapt finds, where published ones have 1."""
    if settings["network_file"]:
        return float(settings["network_width"])
    if settings.get("network"):
        return float(settings["scale"]["width"] * settings["network_width"])
    return float(settings["search_space"].get("width", 1.0))
