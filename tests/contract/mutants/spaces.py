"""Search spaces that are wrong."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from mobilenas.network import Layer, NetworkSpec
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.settings import settings


class WithoutHead(LayerwiseSpace):
    """Its pieces leave out the last layer."""

    @property
    def pieces(self) -> tuple[Layer, ...]:  # type: ignore[override]
        return (*self.fixed[:-1], *(piece for candidates in self.choices for piece in candidates))


class Deaf(LayerwiseSpace):
    """Its last decision changes nothing."""

    def network(self, architecture: Sequence[int]) -> NetworkSpec:
        return super().network([*self.check(architecture)[:-1], 0])


@settings
class Mutant(MoGA):
    """MoGA's space under another name; the mutants make another kind of it, or ignore some of its settings."""

    name: ClassVar[str] = "mutant"
    ignored: ClassVar[tuple[str, ...]] = ()
    kind: type[LayerwiseSpace] = LayerwiseSpace

    def space(self, classes: int = 1000, resolution: int = 224) -> LayerwiseSpace:
        defaults: dict[str, Any] = {name: getattr(MoGA, name) for name in self.ignored}
        space = MoGA.space(replace(self, **defaults), classes, resolution)
        return self.kind(self.name, space.input, space.positions, space.norm, space.padding)


@settings
class ForgetsAtSize(Mutant):
    """Is at the size of the image, and at no other size that is set."""

    ignored = ("width", "hidden", "unstrided")


@settings
class IgnoresCandidates(Mutant):
    """Has all of MoGA's candidates, whatever ``candidates`` says."""

    ignored = ("candidates",)


@settings
class IgnoresDropout(Mutant):
    """Has MoGA's dropout, whatever ``dropout`` says."""

    ignored = ("dropout",)


@settings
class NamedAsMoGA(Mutant):
    """Has the name of MoGA's space."""

    name = "moga"


@settings
class NoSpace(MoGA):
    """Makes a network in place of a space."""

    def space(self, classes: int = 1000, resolution: int = 224) -> Any:
        return super().space(classes, resolution).network([0] * 14)
