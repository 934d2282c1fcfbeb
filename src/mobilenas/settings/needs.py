"""What a part of a run asks for when it is made: by name and type, declared by its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Need(Generic[T]):
    """One thing that a run can give to a part.

        >>> SEED: Need[int] = Need("seed")

    Args:
        name: the name in error messages
    """

    name: str


Needs = tuple[Need[Any], ...]
"""What a class declares that it needs."""

SEED: Need[int] = Need("seed")
"""The number that all random numbers of a part are drawn from."""


class Given:
    """What is given to a part, made at the moment when it is first asked for.

        >>> Given({SEED: lambda: 3})[SEED]
        3

    Args:
        makers: for each need, the function that makes the thing
    """

    def __init__(self, makers: Mapping[Need[Any], Callable[[], Any]]) -> None:
        self._makers = {need: cache(make) for need, make in makers.items()}

    def __getitem__(self, need: Need[T]) -> T:
        """The thing itself.

        Raises:
            KeyError: the part's class does not declare that it needs it, or this run has no such thing
        """
        if need not in self._makers:
            raise KeyError(f"{need.name!r} is not given here: name it in the class's `needs`.")
        value: T = self._makers[need]()
        return value

    def only(self, needs: Needs) -> Given:
        """Returns a ``Given`` that holds only these needs."""
        return Given({need: self._makers[need] for need in needs if need in self._makers})


def given(*things: tuple[Need[Any], object]) -> Given:
    """Things that are made already: ``given((SEED, 0), (OBJECTIVE, objective))``."""
    return Given({need: partial(_same, thing) for need, thing in things})


def _same(thing: object) -> object:
    return thing
