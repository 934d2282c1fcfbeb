"""Operations that are wrong."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from mobilenas.ops import MBConv, Shape


@dataclass(frozen=True)
class WithoutKernel(MBConv):
    """Its key leaves out the kernel."""

    name: ClassVar[str] = "without_kernel"

    def key(self, input: Shape) -> str:
        return super().key(input).replace(f" k{self.kernel}", "")


@dataclass(frozen=True)
class WithoutResidual(MBConv):
    """Its module lacks the residual that it says to have."""

    name: ClassVar[str] = "without_residual"

    def build(self, input: Shape) -> nn.Module:
        return MBConv.build(replace(self, residual=False), input)


def _double(module: nn.Module, given: tuple[object, ...], output: object) -> None:
    if isinstance(given[0], Tensor):  # an export hands on what stands for one
        given[0].mul_(2)


@dataclass(frozen=True)
class InPlace(MBConv):
    """Its module changes its input after it has used it."""

    name: ClassVar[str] = "in_place"

    def build(self, input: Shape) -> nn.Module:
        module = super().build(input)
        module.register_forward_hook(_double)
        return module


@dataclass(frozen=True)
class WithoutNorms(MBConv):
    """It counts the weights of convolutions alone."""

    name: ClassVar[str] = "without_norms"

    def params(self, input: Shape) -> int:
        return super().params(input) - 2 * (2 * (self.expanded or 0) + self.out)


@dataclass(frozen=True)
class Forgetful(MBConv):
    """Its line of YAML leaves out the kernel's size, and reads back with another."""

    name: ClassVar[str] = "forgetful"
    kernel: int = 5

    def line(self) -> dict[str, Any]:
        return {name: value for name, value in super().line().items() if name != "kernel"}


@dataclass(frozen=True)
class AlwaysReLU(MBConv):
    """Its module has ReLU, whatever its field ``act`` says."""

    name: ClassVar[str] = "always_relu"

    def build(self, input: Shape) -> nn.Module:
        return MBConv.build(replace(self, act="relu"), input)

    def with_activation(self, act: str) -> Self:
        raise self._refused("cannot be given another activation", "with_activation", "leave relu out of improvements")


MUTATED_OPS = (WithoutKernel, WithoutResidual, WithoutNorms, InPlace, Forgetful, AlwaysReLU)
