"""The settings that all layer-wise spaces share: their size, and the choice of candidates."""

from collections.abc import Iterable, Sequence

from mobilenas.network.transform import scale_hidden, scale_width, set_resolution, unstride
from mobilenas.search_space.base import LayerwiseSpace
from mobilenas.settings.checks import check_factor, check_positive


def check_sizes(name: str, width: float, hidden: float, stages: int | None, blocks: int | None) -> None:
    """Raises ValueError if a size is not above 0; None means all stages, or all blocks."""
    check_factor(name, width=width, hidden=hidden)
    for size, number in ("stages", stages), ("blocks", blocks):
        if number is not None:
            check_positive(name, **{size: number})


def check_candidates(name: str, wanted: Sequence[str], known: Iterable[str]) -> None:
    """Raises ValueError if the space ``name`` does not know a candidate operation."""
    for candidate in wanted:
        if candidate not in known:
            raise ValueError(f"{name}: candidate {candidate!r} is unknown; choose from {', '.join(known)}.")


def at_size(space: LayerwiseSpace, resolution: int, width: float, hidden: float, unstrided: int) -> LayerwiseSpace:
    """Returns the space of the same networks at another size.

    Args:
        space: the space at its paper's size
        resolution: side of the image in pixels
        width: multiplies all channels
        hidden: multiplies the hidden layer after the pooling, if there is one
        unstrided: number of the first strided places that get stride 1
    """
    space = space.transformed(lambda network: unstride(set_resolution(network, resolution), unstrided))
    return space.transformed(lambda network: scale_hidden(scale_width(network, width), hidden))
