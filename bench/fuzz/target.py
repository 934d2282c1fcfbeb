"""A kind of file that is changed and read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.fuzz.bytes import Change, bytes_changed


@dataclass(frozen=True)
class Target:
    """A file that is changed and read.

    Args:
        name: names it in tables, and in the names of kept inputs
        change: makes other bytes of the valid ones
        path: the file, which holds the valid bytes whenever it is not read
        valid: the content before it is changed
        read: reads it as a stage does
        wrong: returns what is wrong with what was read, as an independent check sees it; None if it is right
        names: returns texts of which a sentence about this content has at least one, beside the file's name
    """

    name: str
    change: Change
    path: Path
    valid: bytes
    read: Callable[[], object]
    wrong: Callable[[Any], str | None]
    names: Callable[[bytes], Sequence[str]] = lambda _: ()

    @contextmanager
    def holding(self, content: bytes) -> Iterator[None]:
        """The file has this content for a while."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(content)
        try:
            yield
        finally:
            self.path.write_bytes(self.valid)

    def is_named(self, sentence: str, content: bytes) -> bool:
        return any(name in sentence for name in (self.path.name, *self.names(content)))

    @property
    def thrice(self) -> tuple["Target", ...]:
        """Three targets: this one twice, and one whose bytes are changed."""
        return (
            self,
            replace(self, name=f"{self.name}-2"),
            replace(self, name=f"{self.name}-bytes", change=bytes_changed),
        )
