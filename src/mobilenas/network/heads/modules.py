"""The modules of heads."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class Bilinear(nn.Module):
    """Resizes ``(N, C, H, W)`` by bilinear interpolation, with pixels as squares (``align_corners=False``)."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.size = (height, width)

    def forward(self, input: Tensor) -> Tensor:
        return interpolate(input, self.size, mode="bilinear", align_corners=False)


class Joined(nn.Module):
    """Joins maps ``(N, C, H, W)`` by their channels, or tables ``(N, A, K)`` by their rows."""

    def forward(self, *parts: Tensor) -> Tensor:
        return torch.cat(parts, 1)


class Gated(nn.Module):
    """Multiplies a branch by the gate that the pooled input opens (MobileNetV3, Fig. 10).

    Args:
        branch: 1x1 convolution of the map
        gate: 1x1 convolution of the pooled map, ending in a sigmoid
    """

    def __init__(self, branch: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        self.branch, self.pool, self.gate = branch, nn.AdaptiveAvgPool2d(1), gate

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.branch(input) * self.gate(self.pool(input))
        return output


class Concatenated(nn.Module):
    """Joins a branch and the pooled input's branch by a convolution of both (MobileNetV2, Sec. 6.3).

    Args:
        branch: 1x1 convolution of the map
        pooled: 1x1 convolution of the pooled map
        joined: 1x1 convolution of both
        height: height of the map
        width: width of the map
    """

    def __init__(self, branch: nn.Module, pooled: nn.Module, joined: nn.Module, *, height: int, width: int) -> None:
        super().__init__()
        self.branch, self.pool, self.pooled, self.joined = branch, nn.AdaptiveAvgPool2d(1), pooled, joined
        self.spread, self.both = Bilinear(height, width), Joined()

    def forward(self, input: Tensor) -> Tensor:
        wide = self.spread(self.pooled(self.pool(input)))
        output: Tensor = self.joined(self.both(self.branch(input), wide))
        return output


class Wired(nn.Module):
    """A head whose parts are called by name.

    Args:
        parts: the modules of the parts
    """

    outputs: ClassVar[tuple[str, ...]] = ("output",)
    """The names of its outputs in files."""

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


class WithHead(nn.Sequential):
    """The layers of a backbone in a row, and then a head, which takes the list of some of their maps.

    Args:
        layers: the modules of the layers
        head: the module of the head
        taps: for each map of the head the place of its layer, and whether the map follows the expansion within it
    """

    def __init__(self, layers: Sequence[nn.Module], head: Wired, taps: Sequence[tuple[int, bool]]) -> None:
        super().__init__(*layers, head)
        self.taps, self.outputs = tuple(taps), head.outputs

    def forward(self, input: Tensor) -> Any:
        *layers, head = self
        found = dict[tuple[int, bool], Tensor]()
        for place, layer in enumerate(layers):
            if (place, True) in self.taps:
                expansion, *parts = layer.children()
                input = found[place, True] = expansion(input)
            else:
                parts = [layer]
            for part in parts:
                input = part(input)
            found[place, False] = input
        return head([found[tap] for tap in self.taps])


class Segmenter(Wired):
    """The classes of each pixel from the last map, ``(N, classes, H, W)`` at the image's size."""

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        parts = dict(self.named_children())
        output: Tensor = parts["image"](parts["high"](parts["aspp"](maps[0])))
        return output


class LiteSegmenter(Wired):
    """The sum of what a low and the resized high map say of the classes, ``(N, classes, H, W)`` at the image's size."""

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        parts = dict(self.named_children())
        low, high = maps
        wide = parts["high"](parts["spread"](parts["aspp"](high)))
        output: Tensor = parts["image"](parts["low"](low) + wide)
        return output


class Flattened(nn.Module):
    """What is predicted at each place of a map, as rows: ``(N, A K, H, W)`` to ``(N, H W A, K)``."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns

    def forward(self, input: Tensor) -> Tensor:
        return input.permute(0, 2, 3, 1).reshape(input.shape[0], -1, self.columns)


class Detector(Wired):
    """Boxes ``(N, A, 4)`` relative to the anchors, and scores ``(N, A, classes + 1)`` before their softmax."""

    outputs: ClassVar[tuple[str, ...]] = ("boxes", "scores")

    def __init__(self, parts: Mapping[str, nn.Module], outputs: int) -> None:
        super().__init__(parts)
        self.of_boxes, self.of_scores, self.rows = Flattened(4), Flattened(outputs), Joined()

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        parts = dict(self.named_children())
        found = list(maps)
        extra = 0
        while f"extra{extra}" in parts:
            found.append(parts[f"extra{extra}"](parts[f"narrow{extra}"](found[-1])))
            extra += 1
        boxes = [self.of_boxes(parts[f"boxes{place}"](one)) for place, one in enumerate(found)]
        scores = [self.of_scores(parts[f"scores{place}"](one)) for place, one in enumerate(found)]
        return self.rows(*boxes), self.rows(*scores)
