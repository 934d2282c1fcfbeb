"""A command with ``--multirun``: what became of each run, in a file, because a run may be in another process."""

import logging
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mobilenas.cli.ending import USERS_ERRORS, said_of, told
from mobilenas.files.hashes import fingerprint
from mobilenas.files.names import name_of
from mobilenas.files.record import read_record, strict, write_record
from mobilenas.settings.kinds import Count
from mobilenas.stopped import asked_to_stop

log = logging.getLogger(__name__)

FOLDER, RUNS = "sweeps", "runs"
"""The folder of all sweeps, beside the runs, and in that of one sweep the folder of what became of its runs."""

_WITHOUT_WORD = "its process has ended without a word"
_NOT_BEGUN = "it was not begun"


class RunFailedError(Exception):
    """A run of a sweep has ended in an error, which is told already."""


@strict
@dataclass(frozen=True)
class JobEnd:
    """What became of a run.

    Args:
        number: its place in the sweep
        overrides: its settings, as on a command line
        folder: its folder; empty if it has not come so far
        ended: whether it has ended, and not only begun
        failure: the reason why it has failed; empty if it has not
    """

    number: Count
    overrides: tuple[str, ...]
    folder: str = ""
    ended: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Sweep:
    """The runs of a command with ``--multirun``: an error ends one of them, and the others go on.

    Args:
        folder: the folder of the sweep
        planned: the overrides of each run; empty if the sweeper decides on them later
    """

    folder: Path
    planned: tuple[tuple[str, ...], ...] = ()

    def begin(self) -> None:
        """Forgets the ends of the runs when the same command was called before."""
        shutil.rmtree(self.folder / RUNS, ignore_errors=True)
        (self.folder / RUNS).mkdir(parents=True)

    @contextmanager
    def one_run(self, number: int, overrides: Sequence[str]) -> Iterator[Callable[[Path], None]]:
        """Tells an error of one run at once, and keeps it for the end; yields what notes the run's folder.

        Args:
            number: its place in the sweep
            overrides: its settings

        Raises:
            RunFailedError: after an error, so that Hydra counts the run as failed and starts the next one
            KeyboardInterrupt: the process was asked to stop
        """
        outcome = JobEnd(number, tuple(overrides))
        self.note(outcome)

        def note_folder(folder: Path) -> None:
            nonlocal outcome
            outcome = replace(outcome, folder=str(folder.absolute()))
            self.note(outcome)

        try:
            yield note_folder
        except Exception as error:
            if asked := asked_to_stop():  # the error may come from a stop that was swallowed
                raise asked from error
            self.note(replace(outcome, ended=True, failure=_tell(error)))
            raise RunFailedError(" ".join(overrides)) from None
        self.note(replace(outcome, ended=True))

    def note(self, outcome: JobEnd) -> None:
        """Keeps what became of a run so far."""
        write_record(self._file(outcome.number), outcome)

    def outcome(self, number: int) -> JobEnd | None:
        """Returns what became of a run; None if it has not begun."""
        return read_record(self._file(number), JobEnd) if self._file(number).exists() else None

    @property
    def outcomes(self) -> list[JobEnd]:
        """What became of all runs, in their order."""
        found: dict[int, JobEnd] = {
            number: JobEnd(number, overrides, failure=_NOT_BEGUN) for number, overrides in enumerate(self.planned)
        }
        for path in (self.folder / RUNS).glob("*.json"):
            outcome: JobEnd = read_record(path, JobEnd)
            found[outcome.number] = outcome if outcome.ended else replace(outcome, failure=_WITHOUT_WORD)
        return [found[number] for number in sorted(found)]

    @property
    def summary(self) -> str:
        """The runs that failed, by their settings, each with its reason; empty if none has."""
        outcomes = self.outcomes
        failed = [one for one in outcomes if one.failure]
        common = set.intersection(*(set(one.overrides) for one in outcomes)) if len(outcomes) > 1 else set()
        names = [" ".join(part for part in one.overrides if part not in common) for one in failed]
        lines = "".join(f"\nmobilenas:   {name}: {one.failure}" for name, one in zip(names, failed, strict=True))
        return f"mobilenas: {len(failed)} of {len(outcomes)} runs failed; the others are complete:{lines}" * bool(
            failed
        )

    def _file(self, number: int) -> Path:
        return self.folder / RUNS / f"{number:04}.json"


def sweep_of(outputs: Path, given: Sequence[str], planned: Sequence[Sequence[str]]) -> Sweep:
    """Returns the sweep of a command; the same settings are the same sweep, whatever launches its runs.

    Args:
        outputs: the folder of all runs
        given: the overrides of the command, without Hydra's own
        planned: those of each run
    """
    lasting = sorted(one for one in given if not one.startswith("fresh="))
    experiment = next((one.partition("=")[2] for one in given if one.startswith("experiment=")), "sweep")
    return Sweep(outputs / FOLDER / f"{name_of(experiment)}-{fingerprint(lasting)[:8]}", tuple(map(tuple, planned)))


def _tell(error: Exception) -> str:
    """Tells an error on standard error, and returns it in one line."""
    if isinstance(error, USERS_ERRORS) and "MOBILENAS_TRACEBACK" not in os.environ:
        sys.stderr.write(f"{told(error)}\n")
        return " ".join(said_of(error))
    traceback.print_exc()
    return f"{type(error).__name__}: {' '.join(str(error).split())} (its traceback is above)"
