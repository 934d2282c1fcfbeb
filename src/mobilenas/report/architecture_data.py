"""The decisions of a search, all its architectures, and the layers of their networks, for the scripts of the page."""

from collections.abc import Sequence

from mobilenas.evaluation import Architecture
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.decisions import decisions_of
from mobilenas.report.paths import DrawnLayers, packed, paths_of, width_of
from mobilenas.search_space import LayerwiseSpace, SearchSpace


def architecture_data(
    space: SearchSpace | None, architectures: Sequence[Architecture], drawn: DrawnLayers
) -> dict[str, object]:
    """Returns plain values by name; of a space that is not known there is only an empty text.

    Args:
        space: the space of the architectures
        architectures: one or more of them, in the order of the evaluations
        drawn: collects their layers
    """
    if space is None:
        none = {"parts": None, "paths": None, "yaml": None, "space": "", "input": [0, 0, 0]}
        return {"decisions": [], "digits": 1, "architectures": ""} | none
    first = space.network(architectures[0])
    digits = width_of(max(space.options, default=1) - 1)
    return {
        "space": space.name,
        "input": [first.input.channels, first.input.height, first.input.width],
        "decisions": [[one.title, *one.options] for one in decisions_of(space)],
        "digits": digits,
        "architectures": packed([option for one in architectures for option in one], digits),
        "yaml": _yaml_ends(first),
    } | _layers(space, architectures, drawn)


def _layers(space: SearchSpace, architectures: Sequence[Architecture], drawn: DrawnLayers) -> dict[str, object]:
    """Returns the layers by decision, or a row of layers for each network of a space that changes depth or widths."""
    if isinstance(space, LayerwiseSpace):
        return {"parts": drawn.parts(space), "paths": None}
    rows = paths_of(drawn, space, architectures)
    width = width_of(len(drawn.all))
    return {"parts": None, "paths": [packed(row, width) for row in rows], "pathDigits": width}


def _yaml_ends(network: NetworkSpec) -> tuple[str, str]:
    """Returns what stands before and after the layers in the YAML of a network, without its name."""
    lines = network.to_yaml().splitlines(keepends=True)
    begin = next(place for place, line in enumerate(lines) if line.startswith("  - "))
    return "".join(lines[1:begin]), "".join(line for line in lines[begin:] if not line.startswith("  - "))
