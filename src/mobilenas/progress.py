"""One progress bar for every long stage: what is done, how fast, how much time is left, and the latest figures."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress


class Progress:
    """A bar on a terminal; elsewhere, in a log file say, a plain line every ``seconds``.

    Args:
        name: of the stage
        total: steps in all
        unit: of a step
        seconds: between plain lines
    """

    def __init__(self, name: str, total: int, unit: str, seconds: float = 30.0) -> None:
        self._console = Console()
        self._name, self._total, self._unit, self._seconds = name, total, unit, seconds
        self._done = self._begun_at = 0
        self._start = self._last_line = time.monotonic()
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
        """Leave the bar as it is."""
        if not self._closed and not self._console.is_terminal:
            self._line("")
        self._closed = True
        self._bar.stop()

    def skip(self, done: int) -> None:
        """Begin after ``done`` steps, which an earlier run did."""
        self._done = self._begun_at = done

    def advance(self, figures: str = "") -> None:
        """One more step is done."""
        self.reach(self._done + 1, figures)

    def reach(self, done: int, figures: str = "") -> None:
        """So many steps are done."""
        self._done = done
        self._bar.update(self._task, completed=done, rate=f"{self._rate():.3g} {self._unit}/s", figures=figures)
        if not self._console.is_terminal and time.monotonic() - self._last_line > self._seconds:
            self._last_line = time.monotonic()
            self._line(figures)

    def say(self, figures: str) -> None:
        """Nothing more is done yet, and there is something to say of it."""
        self.reach(self._done, figures)

    def _rate(self) -> float:
        return (self._done - self._begun_at) / max(time.monotonic() - self._start, 1e-9)

    def _line(self, figures: str) -> None:
        rate = self._rate()
        left = f", {(self._total - self._done) / rate:.0f} s left" if rate and self._done < self._total else ""
        text = f"{self._name}: {self._done}/{self._total}, {rate:.3g} {self._unit}/s{left} {figures}"
        self._console.print(text.rstrip(), highlight=False, soft_wrap=True)
