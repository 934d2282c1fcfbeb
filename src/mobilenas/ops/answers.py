"""What the other packages ask of an operation; a question that it has no answer to is refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from mobilenas.ops.shape import Shape
from mobilenas.ops.widths import Cut, Widths

if TYPE_CHECKING:
    from mobilenas.ops.base import Op
    from mobilenas.ops.squeeze_excite import SqueezeExcite


class Answers:
    """The answers of an operation of which only the counts are known.

    Three facts say much of an operation: whether it ``carries``, handing all channels on as they are; whether it
    ``is_head``, the last layer, from a feature map to the classes; and whether it ``takes_time`` when it runs. A field
    named ``stride`` or ``se`` is the answer to the property of that name; it needs a default.
    """

    name: ClassVar[str]
    carries: ClassVar[bool] = False
    is_head: ClassVar[bool] = False
    takes_time: ClassVar[bool] = True

    @property
    def stride(self) -> int:
        """By how much the map shrinks."""
        return 1

    @property
    def se(self) -> SqueezeExcite | None:
        """The squeeze-and-excitation within it."""
        return None

    @property
    def expands_first(self) -> bool:
        """Whether its module is a sequence that begins with its expansion, whose output a head can read."""
        return False

    def dilated(self, dilation: int) -> Self:
        """This operation with windows whose values lie ``dilation`` apart."""
        if self.carries or getattr(self, "kernel", None) == 1:
            return self
        raise self._refused("cannot be dilated", "dilated", "set the output stride to 32")

    def unstrided(self) -> Self:
        """This operation with stride 1."""
        raise self._refused("cannot be given another stride", "unstrided", "leave scale.unstrided at 0")

    def scaled(self, width: float, old: Shape, new: Shape) -> Self:
        """This operation in a network ``width`` times as wide; ``old`` and ``new`` are its input's shapes."""
        if self.carries:
            return self
        raise self._refused("cannot be scaled to another width", "scaled", "leave scale.width and network_width at 1")

    def with_activation(self, act: str) -> Self:
        """This operation with another non-linearity; without one it stays as it is."""
        raise self._refused(
            "cannot be given another activation", "with_activation", "leave relu and h_swish out of improvements"
        )

    def with_se(self, se: SqueezeExcite) -> Self:
        """This operation with another squeeze-and-excitation."""
        raise self._refused(
            "cannot be given another squeeze-and-excitation", "with_se", "leave large_se and relu out of improvements"
        )

    def with_fitting_residual(self, input: Shape) -> Self:
        """A block with a residual if and only if its shapes agree (MobileNetV3 Sec. 3); others do not change."""
        if self.carries or self.is_head:
            return self
        raise self._refused(
            "cannot be given another input", "with_fitting_residual", "leave slim_stem out of improvements"
        )

    def as_bottleneck(self, expansion: int, kernel: int, input: Shape) -> Op | Self:
        """A block as an inverted bottleneck of one type (MnasNet Table 6); other operations do not change."""
        if self.carries or self.is_head:
            return self
        raise self._refused(
            "cannot become an inverted bottleneck", "as_bottleneck", "leave one_type out of improvements"
        )

    def with_classes(self, classes: int) -> Self:
        """This head with another number of classes."""
        raise self._refused("cannot be given other classes", "with_classes", "keep the network's number of classes")

    def with_hidden_scaled(self, width: float) -> Self:
        """A head with its hidden layer, if it has one, ``width`` times as wide."""
        raise self._refused("cannot be given another hidden layer", "with_hidden_scaled", "leave scale.hidden at 1")

    def widths(self) -> Widths:
        """What NetAdapt may make narrower."""
        if self.carries:
            return Widths()
        raise self._refused("does not say which channels can be fewer", "widths", "adapt another network")

    def with_output(self, channels: int) -> Self:
        """This operation with another number of output channels."""
        raise self._refused("cannot be given other output channels", "with_output", "adapt another network")

    def with_expansion(self, channels: int) -> Self:
        """This operation with another number of expanded channels."""
        raise self._refused("cannot be given another expansion", "with_expansion", "adapt another network")

    def cut(self, input: Shape) -> Cut:
        """How its weights follow its channels."""
        if self.carries:
            return Cut()
        raise self._refused("does not say how its weights are cut", "cut", "adapt another network")

    def variants(self, kernels: Sequence[int], expansions: Sequence[float], input: Shape) -> tuple[Op | Self, ...]:
        """This operation with other kernels and expansion ratios; one that cannot vary returns only itself."""
        return (self,)

    def features(self, input: Shape) -> dict[str, float]:
        """What a latency predictor sees: work that grows with each of its sizes, in millions, by name."""
        raise self._refused("has no features for a latency predictor", "features", "measure it with hardware=cpu")

    def _refused(self, what: str, answer: str, way_out: str) -> ValueError:
        return ValueError(f"{self.name} {what}: define {type(self).__name__}.{answer}, or {way_out}.")
