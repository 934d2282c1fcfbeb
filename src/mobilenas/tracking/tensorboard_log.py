"""The record of a run in TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mobilenas.settings import settings
from mobilenas.tracking.base import Made, Rows, Tracker
from mobilenas.tracking.log import Log, need

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"

MOST_ROWS = 1000
"""The most rows of a table that TensorBoard is given, because it shows them as one text."""


@settings
class TensorBoardLog(Log):
    """A record for TensorBoard in the folder ``tensorboard`` of a run: ``tensorboard --logdir outputs`` shows it."""

    name: ClassVar[str] = "tensorboard"
    title: ClassVar[str] = "TensorBoard"

    def check(self) -> None:
        need("tensorboard", "tensorboard")

    def open(self, folder: Path, kept: str) -> Tracker:
        return TensorBoardTracker(folder)


class TensorBoardTracker(Tracker):
    """Writes one file of events; a run that goes on is written again from its beginning.

    Args:
        folder: the run's folder
    """

    def __init__(self, folder: Path) -> None:
        older = list((folder / FOLDER).glob("events.out.tfevents.*"))
        self._run = folder
        self._writer: SummaryWriter = _writer(folder / FOLDER)
        for one in older:
            one.unlink(missing_ok=True)

    def scalars(self, series: str, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{series}/{name}", value, step)

    def values(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, 0)

    def table(self, name: str, table: Rows) -> None:
        rows = [table.columns, ("---",) * len(table.columns), *table.cells[:MOST_ROWS]]
        lines = [f"| {' | '.join('' if cell is None else str(cell) for cell in row)} |" for row in rows]
        self._writer.add_text(name, "\n".join(lines))

    def file(self, name: str, path: Path) -> None:
        if path.suffix != ".png":
            self._writer.add_text(name, f"`{self._place(path)}`")
            return
        import numpy as np
        from PIL import Image

        with Image.open(path, formats=("PNG",)) as picture:
            self._writer.add_image(name, np.asarray(picture.convert("RGB")), dataformats="HWC")

    def artifact(self, made: Made | None, inputs: Sequence[Made]) -> None:
        if made is None:
            return
        files = "".join(f"\n- `{self._place(path)}`" for path in made.files.values())
        said = f"{made.kind}, made from {', '.join(made.inputs) or 'no other artifact'}\n{files}"
        self._writer.add_text(f"artifacts/{made.name}", said)

    def close(self, complete: bool) -> None:
        self._writer.close()

    def _place(self, path: Path) -> str:
        return path.relative_to(self._run).as_posix() if path.is_relative_to(self._run) else str(path)


def _writer(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder))
