"""The progress bar of a training, which may run in other processes."""

from dataclasses import dataclass

from mobilenas.progress import Progress


@dataclass(frozen=True)
class Reached:
    """The number of steps that are done, the number of all steps, and the latest metrics in words."""

    done: int
    total: int
    said: str


class StepBar:
    """A bar over all steps of a fit; each batch is one, however many updates it makes.

    It is told what is done at the start, after the first step and from time to time. The rate leaves out the first
    step, in which a GPU prepares its operations for many seconds.

    Args:
        name: the name of the bar
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar: Progress | None = None
        self._told = 0

    def show(self, steps: Reached) -> None:
        """Shows what is done."""
        self._told += 1
        if self._bar is None:
            self._bar = Progress(self._name, steps.total, "step")
        if self._told == 1 or (self._told == 2 and steps.done < steps.total):
            self._bar.skip(steps.done)
        if self._told > 1:
            self._bar.reach(steps.done, steps.said)

    def close(self) -> None:
        """Stops the bar as it is."""
        if self._bar:
            self._bar.close()
