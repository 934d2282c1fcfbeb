"""Operations with one wrong answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mobilenas.ops import Classifier, MBConv, Op, Shape, SqueezeExcite
from mobilenas.ops.widths import Cut

SE = SqueezeExcite()


@dataclass(frozen=True)
class WithoutMap(MBConv):
    """Its key leaves out the height and the width of the map."""

    name: ClassVar[str] = "without_map"

    def key(self, input: Shape) -> str:
        return super().key(input).replace(str(input), str(input.channels))


@dataclass(frozen=True)
class SameActivation(MBConv):
    """It keeps its activation."""

    name: ClassVar[str] = "same_activation"

    def with_activation(self, act: str) -> Self:
        return self


@dataclass(frozen=True)
class SameWidth(MBConv):
    """It is no wider in a wider network."""

    name: ClassVar[str] = "same_width"
    residual: bool = False

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        return self


@dataclass(frozen=True)
class Uncut(MBConv):
    """It does not say how its weights are cut."""

    name: ClassVar[str] = "uncut"

    def cut(self, input: Shape) -> Cut:
        return Cut()


@dataclass(frozen=True)
class WithoutFeatures(MBConv):
    """It takes time, and has no features."""

    name: ClassVar[str] = "without_features"

    def features(self, input: Shape) -> dict[str, float]:
        return {}


@dataclass(frozen=True)
class SameOutput(MBConv):
    """It keeps its output channels."""

    name: ClassVar[str] = "same_output"

    def with_output(self, channels: int) -> Self:
        return self


@dataclass(frozen=True)
class SameExpansion(MBConv):
    """It keeps its expanded channels."""

    name: ClassVar[str] = "same_expansion"

    def with_expansion(self, channels: int) -> Self:
        return self


@dataclass(frozen=True)
class SameResidual(MBConv):
    """It keeps its residual where the shapes do not agree."""

    name: ClassVar[str] = "same_residual"

    def with_fitting_residual(self, input: Shape) -> Self:
        return self


@dataclass(frozen=True)
class SameType(MBConv):
    """It keeps its expansion ratio and its kernel."""

    name: ClassVar[str] = "same_type"

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> Op | Self:  # type: ignore[override]
        return self


@dataclass(frozen=True)
class SameSE(MBConv):
    """It keeps its squeeze-and-excitation."""

    name: ClassVar[str] = "same_se"
    se: SqueezeExcite | None = SE

    def with_se(self, se: SqueezeExcite) -> Self:
        return self


@dataclass(frozen=True)
class NarrowVariants(MBConv):
    """It has a variant with another output."""

    name: ClassVar[str] = "narrow_variants"

    def variants(self, kernels: Sequence[int], expansions: Sequence[float], input: Shape) -> tuple[Self, ...]:
        return self, replace(self, out=self.out // 2, residual=False)


@dataclass(frozen=True)
class SameClasses(Classifier):
    """A head that keeps its classes."""

    name: ClassVar[str] = "same_classes"

    def with_classes(self, classes: int) -> Self:
        return self


@dataclass(frozen=True)
class SameHidden(Classifier):
    """A head that keeps its hidden layer."""

    name: ClassVar[str] = "same_hidden"

    def with_hidden_scaled(self, width: float) -> Self:
        return self


WRONG_ANSWERS: tuple[tuple[type[MBConv], str], ...] = (
    (WithoutMap, "what_changes_the_input_changes_the_key"),
    (SameActivation, "another_activation_leaves_no_other_one"),
    (SameWidth, "in_a_network_twice_as_wide_it_is_wider"),
    (Uncut, "narrower_it_takes_its_weights"),
    (WithoutFeatures, "its_features_grow_with_the_map"),
    (SameOutput, "other_widths_are_those_asked_for"),
    (SameExpansion, "other_widths_are_those_asked_for"),
    (SameResidual, "a_fitting_residual_is_where_shapes_agree"),
    (SameType, "as_a_bottleneck_it_has_the_type_asked_for"),
    (SameSE, "what_a_network_replaces_in_it_is_replaced"),
    (NarrowVariants, "its_variants_are_operations_in_its_place"),
)
"""Each with the check that finds it."""

WRONG_HEADS: tuple[type[Classifier], ...] = (SameClasses, SameHidden)
