"""Keeps the times of visits while they are measured, so that a measurement goes on where it was stopped."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEAD = "# visits of "


@dataclass(frozen=True)
class Journal:
    """A text file with a line for each visit: the milliseconds of its pieces, with blanks between them.

    Args:
        path: path of the file
        of: names what is measured; a file of something else is begun again
    """

    path: Path
    of: str

    def begin(self, pieces: int, rng: np.random.Generator) -> list[list[float]]:
        """Returns the times of the visits in the file, without a line that was not completely written.

        Args:
            pieces: number of pieces
            rng: draws the visits; with another state they are others
        """
        state = f"{self.of} {pieces} {rng.bit_generator.state}"
        head = HEAD + hashlib.sha256(state.encode()).hexdigest()
        lines = self.path.read_text(errors="replace").split("\n") if self.path.exists() else []
        if lines[:1] != [head]:
            lines = [head, ""]
        try:
            times_ms = [[float(text) for text in line.split()] for line in lines[1:-1]]
        except ValueError:
            lines, times_ms = [head, ""], []
        self.path.write_text("\n".join([*lines[:-1], ""]))
        return times_ms

    def add(self, times_ms: list[float]) -> None:
        """Adds a visit."""
        with self.path.open("a") as file:
            file.write(" ".join(map(repr, times_ms)) + "\n")

    def end(self) -> None:
        """Removes the file: what was measured is kept elsewhere."""
        self.path.unlink(missing_ok=True)
