"""How a batch is divided among processes and into parts; a training may go on with another division."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

KEPT_BY = "KeepDivision"
"""The callback whose state in a checkpoint is the division."""


@dataclass(frozen=True)
class Division:
    """The division of each batch.

    Args:
        processes: number of processes, each of which takes an equal share
        parts: number of parts of a share, each of one forward pass
    """

    processes: int
    parts: int

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Division | None:
        """Returns the division that a checkpoint was trained with, if it tells it."""
        kept = checkpoint["callbacks"].get(KEPT_BY)
        return cls(int(kept["processes"]), int(kept["parts"])) if kept else None

    def images(self, batch_size: int) -> int:
        """Returns the number of images of a batch that go through the network at once."""
        return batch_size // (self.processes * self.parts)

    def change(self, before: Division, batch_size: int) -> str:
        """Returns the sentence that says what changes in a training that goes on with this division."""
        shares, images = "", (before.images(batch_size), self.images(batch_size))
        if images[0] != images[1]:
            shares = f" a batch norm sees {images[1]} of them at once instead of {images[0]}, dropout differs, and"
        return (
            f"goes on with {_counted(self)} instead of {_counted(before)}: each step still has the same {batch_size}"
            f" images, but{shares} sums are rounded differently."
        )


def _counted(division: Division) -> str:
    processes = f"{division.processes} process{'es' if division.processes > 1 else ''}"
    return f"{processes} in {division.parts} parts" if division.parts > 1 else processes


def divided_again(checkpoint: Mapping[str, Any], before: int, parts: int) -> dict[str, Any]:
    """Returns a checkpoint that counts another number of parts, because Lightning counts each part as one batch.

    A checkpoint is written only at the end of a step, so that its numbers can be divided by the parts.

    Args:
        checkpoint: the content of a checkpoint
        before: the number of parts in which it counts
        parts: the new number
    """
    changed = deepcopy(dict(checkpoint))
    fit = changed["loops"]["fit_loop"]
    progress = fit["epoch_loop.batch_progress"]
    for counts in (progress["current"], progress["total"]):
        ready = counts["ready"]  # the other counts may be behind by the batch after which the checkpoint was written
        counts |= {name: ready // before * parts - (ready - count) for name, count in counts.items()}
    for loader in fit["state_dict"]["combined_loader"]:
        loader["batches"] = loader["batches"] // before * parts
    changed["callbacks"][KEPT_BY]["parts"] = parts
    return changed
