"""The supernet: every candidate operation of every layer, and forward passes along paths through them."""

from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from mobilenas.ops import prepare
from mobilenas.search_space import LayerwiseSpace


class MixedOp(nn.ModuleList):
    """The candidates of one layer; a forward pass runs the one that is named."""

    def forward(self, input: Tensor, option: int) -> Tensor:
        output: Tensor = self[option](input)
        return output


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

    def forward(self, images: Tensor, architecture: Sequence[int]) -> Tensor:
        """Run one path.

        Args:
            images: ``(N, 3, H, W)``
            architecture: one option per choice block

        Returns:
            logits ``(N, classes)``
        """
        for layer, option in zip(self.layers, self._options(architecture), strict=True):
            images = layer(images, option)
        return images

    def path(self, architecture: Sequence[int]) -> nn.Sequential:
        """The network of one architecture; its modules are the supernet's own."""
        options = self._options(self.space.check(architecture))
        return nn.Sequential(*(layer[option] for layer, option in zip(self._mixed(), options, strict=True)))

    def shared_parameters(self) -> list[nn.Parameter]:
        """Parameters of the fixed layers, which every path uses."""
        return [weight for layer in self._mixed() if len(layer) == 1 for weight in layer.parameters()]

    def candidate_parameters(self) -> list[nn.Parameter]:
        """Parameters of the candidates of the choice blocks."""
        return [weight for layer in self._mixed() if len(layer) > 1 for weight in layer.parameters()]

    def _options(self, architecture: Sequence[int]) -> list[int]:
        chosen = dict(zip(self.space.choice_blocks, architecture, strict=True))
        return [chosen.get(position, 0) for position in range(len(self.layers))]

    def _mixed(self) -> Iterator[MixedOp]:
        for layer in self.layers:
            assert isinstance(layer, MixedOp)
            yield layer
