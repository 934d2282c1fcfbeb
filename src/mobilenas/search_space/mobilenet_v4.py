"""MobileNetV4's fine-grained search: the depthwise convolutions of each block of MobileNetV4-Conv-Small."""

from itertools import product

from mobilenas.ops import UIB, Conv, NormedClassifier, Op, Resolution, Shape
from mobilenas.search_space.choice_blocks import LayerwiseSpace
from mobilenas.search_space.settings import Place, SkeletonSettings, StageRow, check_names
from mobilenas.settings import settings

EXPANSION = 4  # constant in the fine-grained search
KERNELS = (3, 5)
CANDIDATES: dict[str, tuple[int | None, int | None]] = {  # kernels before and after the expansion
    **{f"extra_dw_k{start}_k{middle}": (start, middle) for start, middle in product(KERNELS, KERNELS)},
    **{f"ib_k{middle}": (None, middle) for middle in KERNELS},
    **{f"convnext_k{start}": (start, None) for start in KERNELS},
    "ffn": (None, None),
}

STEM = (  # of MobileNetV4-Conv-Small: channels, kernel, stride
    (32, 3, 2), (32, 3, 2), (32, 1, 1), (96, 3, 2), (64, 1, 1),
)  # fmt: skip
ROWS = (StageRow(96, 6, 2), StageRow(128, 6, 2))


@settings
class MobileNetV4(SkeletonSettings):
    """MobileNetV4's space. A block with a stride has no candidate ``ffn``, which has no convolution with a stride.

    Args:
        candidates: names of the candidate operations, ``extra_dw_k3_k5`` for both kernels
    """

    candidates: tuple[str, ...] = tuple(CANDIDATES)

    def __post_init__(self) -> None:
        check_names(self, "candidates", self.candidates, CANDIDATES)
        if set(self.candidates) == {"ffn"}:
            raise ValueError("MobileNetV4: candidates must have one with a depthwise convolution, for the strides.")

    def space(self, classes: int = 1000, resolution: Resolution = 224) -> LayerwiseSpace:
        positions: list[tuple[Op, ...]] = [(Conv(out, kernel, stride),) for out, kernel, stride in STEM]
        for place in self.places(STEM[-1][0], ROWS):
            fitting = (CANDIDATES[name] for name in self.candidates if place.stride == 1 or name != "ffn")
            positions.append(tuple(_block(place, *kernels) for kernels in fitting))
        positions.append((Conv(960, kernel=1),))
        positions.append((NormedClassifier(classes, hidden=1280, dropout=self.dropout),))
        return self.at_size(LayerwiseSpace("mobilenet_v4", Shape(3, 224, 224), tuple(positions)), resolution)


def _block(place: Place, start: int | None, middle: int | None) -> UIB:
    expanded = place.channels * EXPANSION
    return UIB(place.out, expanded, start, middle, place.stride, residual=place.keeps_shape)
