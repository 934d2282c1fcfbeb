"""The layer-wise space around a given network, which is one of its architectures."""

from collections.abc import Callable
from dataclasses import replace

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import set_classes, set_resolution
from mobilenas.ops import Op, Resolution, Skip
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import SpaceSettings
from mobilenas.settings import Factor, Positive, settings
from mobilenas.settings.checks import check_odd

LONGEST = 80
"""The most bytes of the network's name in that of the space, to which a search adds numbers."""


@settings
class Around(SpaceSettings):
    """A space around a given network: in its blocks the kernel and the expansion ratio vary, all else stays.

    A block without an expansion stays as it is, as the first block of the papers' spaces does; ``unexpanded`` lets its
    kernel vary. Widths and strides never change, and depth changes by skips alone.

        >>> from mobilenas.network import load_network
        >>> from mobilenas.search_space import Around
        >>> network = load_network("mobilenet_v2")
        >>> space = Around(network).space(classes=1000, resolution=224)
        >>> len(space.options), set(space.options)  # 16 of 17 blocks have an expansion
        (16, {6})
        >>> space.network(space.architecture(network)) == network
        True

    Args:
        network: the network
        kernels: sides of the kernels to choose from
        expansions: expansion ratios to choose from; the network's own is always one more
        skips: whether a block with a residual has one more candidate, the last: the zero operation, which leaves only
            the shortcut
        unexpanded: whether blocks without an expansion vary, too
    """

    network: NetworkSpec | None = None
    kernels: tuple[Positive, ...] = (3, 5, 7)
    expansions: tuple[Factor, ...] = (3.0, 6.0)
    skips: bool = False
    unexpanded: bool = False

    def __post_init__(self) -> None:
        if empty := [name for name in ("kernels", "expansions") if not getattr(self, name)]:
            raise ValueError(
                f"Around: {' and '.join(empty)} must be one number or more; what does not vary has the network's own."
            )
        for kernel in self.kernels:
            check_odd("Around", kernels=kernel)

    def space(self, classes: int, resolution: Resolution) -> LayerwiseSpace:
        if self.network is None:
            raise ValueError(
                "search_space=around needs the network that the space lies around: add for example"
                " network=mobilenet_v2, or network_file=..."
            )
        network = set_resolution(set_classes(self.network, classes), resolution)
        name = f"around-{network.name}".encode()[:LONGEST].decode(errors="ignore")
        positions = tuple(map(self._candidates, network.layers))
        space = LayerwiseSpace(name, network.input, positions, network.norm, network.padding)
        if not space.options:
            raise ValueError(
                f"search_space=around: no block of {network.name} varies: set other search_space.kernels or"
                " search_space.expansions, or search_space.unexpanded=true, or choose another network."
            )
        return space

    def _candidates(self, layer: Layer) -> tuple[Op, ...]:
        op = layer.op
        if not (self.unexpanded or _says(lambda: _has_expansion(layer))):
            return (op,)
        found = tuple(op.variants(self.kernels, self.expansions, layer.input))
        can_skip = layer.output == layer.input and _says(lambda: op.widths().tied)
        return (*found, Skip()) if self.skips and can_skip else found


def _has_expansion(layer: Layer) -> bool:
    return any(read and made == "expanded" for read, made in layer.op.cut(layer.input).axes)


def _says(ask: Callable[[], bool]) -> bool:
    """Returns the answer of an operation; False where it has none, as a package's operation may."""
    try:
        return ask()
    except ValueError:
        return False


def around(settings: SpaceSettings, network: NetworkSpec) -> SpaceSettings:
    """Returns the settings of a space with the given network, if the space lies around one."""
    return replace(settings, network=network) if isinstance(settings, Around) else settings
