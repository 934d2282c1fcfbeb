"""The suite of operations finds the operation that is wrong: of each mutant, exactly the check that is meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from torch import nn

from mobilenas import ops
from mobilenas.network import Layer
from mobilenas.ops import Classifier, MBConv, Op, Shape
from mobilenas.testing import ContractError, checks_of
from tests.contract.mutants.answers import WRONG_ANSWERS, WRONG_HEADS
from tests.contract.mutants.killers import killers
from tests.contract.mutants.operations import (
    MUTATED_OPS,
    AlwaysReLU,
    Forgetful,
    InPlace,
    WithoutKernel,
    WithoutNorms,
    WithoutResidual,
)

MUTANTS = (*MUTATED_OPS, *(op for op, _ in WRONG_ANSWERS), *WRONG_HEADS)
SHAPE = Shape(8, 12, 12)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The mutants among the operations, as those of a package are."""
    monkeypatch.setattr(ops, "added", lambda name: [("tests", op) for op in MUTANTS])
    ops.operations.cache_clear()
    yield
    ops.operations.cache_clear()


def _layer(op: type[MBConv]) -> Layer:
    return Layer(op(out=8, kernel=3, expanded=16, residual=True), SHAPE)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("op", "killer"),
    [
        (WithoutKernel, "what_changes_the_module_changes_the_key"),
        (WithoutResidual, "a_residual_hands_its_input_on"),
        (InPlace, "its_input_stays_as_it_is"),
        (WithoutNorms, "parameters_are_the_modules"),
        (Forgetful, "its_line_reads_back"),
        (AlwaysReLU, "its_activation_is_the_one_of_its_field"),
        *WRONG_ANSWERS,
    ],
)
def test_a_wrong_operation_is_found(op: type[MBConv], killer: str) -> None:
    assert killers("operation", _layer(MBConv)) == []
    assert killers("operation", _layer(op)) == [killer]


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize(("op", "killer"), WRONG_ANSWERS)
def test_a_wrong_answer_is_found_with_and_without_a_residual(op: type[MBConv], killer: str, residual: bool) -> None:
    layer = Layer(op(out=8, kernel=3, expanded=16, residual=residual), SHAPE)
    check = next(check for check in checks_of("operation") if check.__name__ == killer)
    with pytest.raises(ContractError):
        check(layer)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("head", WRONG_HEADS)
def test_a_wrong_head_is_found(head: type[Classifier]) -> None:
    right, wrong = (Layer(kind(5, hidden=16, act="relu"), SHAPE) for kind in (Classifier, head))
    assert killers("operation", right) == []
    assert killers("operation", wrong) == ["what_a_network_replaces_in_it_is_replaced"]


@dataclass(frozen=True)
class Silent(Op):
    """It refuses every question that it may refuse."""

    name: ClassVar[str] = "silent"
    kernel: int = 3

    def output(self, input: Shape) -> Shape:
        return input

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return f"silent {input} k{self.kernel}"

    def build(self, input: Shape) -> nn.Module:
        return nn.AvgPool2d(self.kernel, 1, self.kernel // 2)


def test_an_operation_that_refuses_every_answer_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "added", lambda name: [("tests", Silent)])
    ops.operations.cache_clear()
    found = killers("operation", Layer(Silent(), SHAPE))
    ops.operations.cache_clear()
    assert found == []
