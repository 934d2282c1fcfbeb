"""Suites of checks, by kind of part, and the parts that they are run over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

Check = Callable[[Any], None]
"""Raises ``ContractError``, with a sentence, for a part that breaks the contract of its kind."""

KINDS = (
    *("operation", "search_space", "method", "engine", "algorithm"),
    *("objective", "evaluator", "executor", "data"),
)
"""Kinds of parts; each has a module of its own here, and all but operations a group in ``conf/``."""


class ContractError(AssertionError):
    """A part does not keep the contract of its kind."""


class Example(NamedTuple):
    """A part to be checked.

    Args:
        part: as the checks take it
        missing: why it cannot be checked here: no such device or package; empty where it can
    """

    part: Any
    missing: str = ""


def expect(holds: object, sentence: str) -> None:
    """Raise ``ContractError`` with the sentence unless something holds."""
    if not holds:
        raise ContractError(sentence)


def checks_of(kind: str) -> tuple[Check, ...]:
    """The checks of a kind."""
    found: tuple[Check, ...] = _module(kind).CHECKS
    return found


def examples_of(kind: str) -> Mapping[str, Example]:
    """The parts of a kind that were found, by name.

    Raises:
        ContractError: there is none
    """
    found: Mapping[str, Example] = _module(kind).examples()
    expect(found, f"No part of the kind {kind!r} was found.")
    return found


def cases(kind: str) -> list[ParameterSet]:
    """Every check of a kind with every part, for ``pytest.mark.parametrize(("check", "part"), ...)``."""
    import pytest

    return [
        pytest.param(
            check,
            one.part,
            id=f"{kind}-{name}-{check.__name__}",
            marks=[pytest.mark.skip(reason=one.missing)] if one.missing else [],
        )
        for name, one in examples_of(kind).items()
        for check in checks_of(kind)
    ]


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(f"There is no suite for {kind!r}; choose from {', '.join(KINDS)}.")
    return import_module(f"mobilenas.testing.{kind}")
