"""Shows one progress bar for every long stage: work done, speed, time left, and the latest figures."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from mobilenas.files.whole import write_text

_SECONDS = 2.0  # between two notes in the file that other processes read
_NOTES: ContextVar[Path | None] = ContextVar("notes", default=None)


@contextmanager
def noted_in(path: Path) -> Iterator[None]:
    """Notes in a file how far the bars are, so that other processes can tell it."""
    token = _NOTES.set(path)
    try:
        yield
    finally:
        _NOTES.reset(token)


class Progress:
    """A bar on a terminal; elsewhere, for example in a log file, a plain line every ``seconds``.

    Args:
        name: name of the stage
        total: number of all steps
        unit: unit of a step
        seconds: seconds between plain lines
        console: shows it; standard output by default
    """

    def __init__(self, name: str, total: int, unit: str, seconds: float = 30.0, console: Console | None = None) -> None:
        self._console = console or Console()
        self._name, self._total, self._unit, self._seconds = name, total, unit, seconds
        self._done = self._begun_at = 0
        self._start = self._last_line = time.monotonic()
        self._last_note = -_SECONDS
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(name, total=total, rate="", figures="")
        self._closed = False
        self._bar.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops the bar as it is."""
        if not self._closed and not self._console.is_terminal:
            self._line("")
        self._closed = True
        self._bar.stop()

    def skip(self, done: int) -> None:
        """Begins after ``done`` steps, which do not count for the rate: an earlier run did them, or they were slow."""
        self._done = self._begun_at = done
        self._start = time.monotonic()

    def advance(self, figures: str = "") -> None:
        """Counts one more step."""
        self.reach(self._done + 1, figures)

    def reach(self, done: int, figures: str = "") -> None:
        """Sets the number of steps that are done."""
        self._done = done
        self._bar.update(self._task, completed=done, rate=f"{self._rate():.3g} {self._unit}/s", figures=figures)
        if (notes := _NOTES.get()) and time.monotonic() - self._last_note > _SECONDS:
            self._last_note = time.monotonic()
            write_text(notes, f"{self._name}: {done}/{self._total}")
        if not self._console.is_terminal and time.monotonic() - self._last_line > self._seconds:
            self._last_line = time.monotonic()
            self._line(figures)

    def say(self, figures: str) -> None:
        """Shows figures without counting a step."""
        self.reach(self._done, figures)

    def _rate(self) -> float:
        return (self._done - self._begun_at) / max(time.monotonic() - self._start, 1e-9)

    def _line(self, figures: str) -> None:
        rate = self._rate()
        left = f", {(self._total - self._done) / rate:.0f} s left" if rate and self._done < self._total else ""
        text = f"{self._name}: {self._done}/{self._total}, {rate:.3g} {self._unit}/s{left} {figures}"
        self._console.print(text.rstrip(), highlight=False, soft_wrap=True)
