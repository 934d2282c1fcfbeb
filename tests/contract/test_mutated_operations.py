"""The suite of operations finds the operation that is wrong: of each mutant, exactly the check that is meant."""

from collections.abc import Iterator

import pytest

from mobilenas import ops
from mobilenas.network import Layer
from mobilenas.ops import MBConv, Shape
from mobilenas.testing import ContractError, checks_of
from tests.contract.mutants.answers import WRONG_ANSWERS
from tests.contract.mutants.killers import killers
from tests.contract.mutants.operations import MUTATED_OPS, Forgetful, WithoutKernel, WithoutNorms, WithoutResidual

SHAPE = Shape(8, 12, 12)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The mutants among the operations, as those of a package are."""
    monkeypatch.setattr(ops, "added", lambda name: [*MUTATED_OPS, *(op for op, _ in WRONG_ANSWERS)])
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
        (WithoutNorms, "parameters_are_the_modules"),
        (Forgetful, "its_line_reads_back"),
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
