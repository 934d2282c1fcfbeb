"""The supernet: every candidate operation of every layer, and forward passes along paths through them."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar, cast

from torch import Tensor, nn

from mobilenas.network.layer import Layer
from mobilenas.ops.modules import Mixed, initialize
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet.mixed import MixedOp, Selection

T = TypeVar("T", bound=Selection)


class Supernet(nn.Module):
    """All networks of a layer-wise space with shared weights.

    Args:
        space: the space of its layers
    """

    def __init__(self, space: LayerwiseSpace) -> None:
        super().__init__()
        self.space = space
        self.layers = nn.ModuleList(map(_mixed, space.layers))
        initialize(self, space.norm)

    def forward(self, images: Tensor, choices: Sequence[Selection]) -> Tensor:
        """Runs one path, or a mixture of paths.

        Args:
            images: ``(N, 3, H, W)``
            choices: an option for each choice block, or the mix of its candidates

        Returns:
            logits ``(N, classes)``
        """
        for layer, own in zip(self.layers, self._shares(choices), strict=True):
            images = layer(images, *own)
        return images

    def path(self, architecture: Sequence[int]) -> nn.Sequential:
        """Returns the network of one architecture, which shares its modules with the supernet."""
        return nn.Sequential(*(layer for _, layer in self.layers_of(architecture)))

    def layers_of(self, architecture: Sequence[int]) -> Iterator[tuple[tuple[int, ...], nn.Module]]:
        """Yields each layer of an architecture's path, after the layer's own part of the architecture."""
        shares = self._shares(self.space.check(architecture))
        layers = cast(Iterator[Mixed], iter(self.layers))
        return ((own, layer.chosen(*own)) for layer, own in zip(layers, shares, strict=True))

    def shared_parameters(self) -> list[nn.Parameter]:
        """Returns the parameters of the fixed layers, which every path uses."""
        candidates = set(map(id, self.candidate_parameters()))
        return [weight for weight in self.parameters() if id(weight) not in candidates]

    def candidate_parameters(self) -> list[nn.Parameter]:
        """Returns the parameters of the candidates of the choice blocks."""
        mixed = [part for part in self.modules() if isinstance(part, MixedOp) and len(part) > 1]
        return [weight for part in mixed for weight in part.parameters()]

    def _shares(self, choices: Sequence[T]) -> Iterator[tuple[T, ...]]:
        """Yields each layer's part of the choices."""
        if len(choices) != len(self.space.options):
            raise ValueError(
                f"{self.space.name} needs {len(self.space.options)} choices, one for each decision, not {len(choices)}."
            )
        rest = iter(choices)
        return (tuple(islice(rest, count)) for count in self.space.decisions)


def _mixed(candidates: Sequence[Layer]) -> nn.Module:
    """Returns the module of a position: its candidates, or an operation that has its own candidates."""
    if len(candidates) == 1:
        return candidates[0].build_mixed(MixedOp)
    return MixedOp(layer.build() for layer in candidates)
