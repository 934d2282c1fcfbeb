"""The supernet: every candidate operation of every layer, and forward passes along paths through them."""

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from mobilenas.ops import prepare
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet.mixed import Choice, MixedOp


class Supernet(nn.Module):
    """All networks of a layer-wise space with shared weights.

    Args:
        space: whose layers it is built from
    """

    def __init__(self, space: LayerwiseSpace) -> None:
        super().__init__()
        self.space = space
        self.layers = nn.ModuleList(MixedOp(layer.build() for layer in candidates) for candidates in space.layers)
        prepare(self, space.norm)

    def forward(self, images: Tensor, choices: Sequence[Choice]) -> Tensor:
        """Run one path, or a mixture of paths.

        Args:
            images: ``(N, 3, H, W)``
            choices: for each choice block an option, or how its candidates are mixed

        Returns:
            logits ``(N, classes)``
        """
        chosen = dict(zip(self.space.choice_blocks, choices, strict=True))
        for position, layer in enumerate(self.layers):
            images = layer(images, chosen.get(position, 0))
        return images

    def path(self, architecture: Sequence[int]) -> nn.Sequential:
        """The network of one architecture; its modules are the supernet's own."""
        chosen = dict(zip(self.space.choice_blocks, self.space.check(architecture), strict=True))
        return nn.Sequential(*(layer[chosen.get(position, 0)] for position, layer in enumerate(self._mixed())))

    def shared_parameters(self) -> list[nn.Parameter]:
        """Parameters of the fixed layers, which every path uses."""
        return [weight for layer in self._mixed() if len(layer) == 1 for weight in layer.parameters()]

    def candidate_parameters(self) -> list[nn.Parameter]:
        """Parameters of the candidates of the choice blocks."""
        return [weight for layer in self._mixed() if len(layer) > 1 for weight in layer.parameters()]

    def _mixed(self) -> Iterator[MixedOp]:
        for layer in self.layers:
            assert isinstance(layer, MixedOp)
            yield layer
