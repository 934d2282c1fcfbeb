"""Runs one job of a sweep in a process of its own, so that nothing that ends it ends the launcher's process too."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from mobilenas.cli.ending import sentences
from mobilenas.cli.job import prepare, run_settings
from mobilenas.cli.sweep import JobEnd, RunFailedError, Sweep
from mobilenas.cli.typed import plain_values


def run_apart(sweep: Sweep, number: int, overrides: Sequence[str], config: DictConfig) -> None:
    """Runs a job in a process of its own, and puts the job's number before each line that it prints.

    Args:
        sweep: the sweep that the job belongs to
        number: the job's number
        overrides: the settings of the job
        config: all its settings, composed

    Raises:
        RunFailedError: the job has failed, or its process was ended
    """
    sweep.note(JobEnd(number, tuple(overrides)))
    given = {"sweep": str(sweep.folder), "number": number, "overrides": list(overrides)}
    given["settings"] = dict(plain_values(config))
    _print(number, " ".join(overrides))
    command = [sys.executable, "-P", "-m", "mobilenas.cli.apart"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps(given).encode() + b"\n")  # the pipe stays open as long as this process lives
            process.stdin.flush()
            for line in process.stdout:
                _print(number, line.decode("utf-8", "replace").rstrip())
        except BaseException:
            process.terminate()
            raise
    _check(sweep, number, process.returncode)


def _check(sweep: Sweep, number: int, status: int) -> None:
    """Raises RunFailedError unless a job is complete."""
    outcome = sweep.outcome(number)
    assert outcome
    if not outcome.ended:
        signals = {int(one): one.name for one in signal.Signals}
        name = signals.get(-status) or signals.get(status - 128)  # as shells say it
        reason = f"its process was ended by {name}" if name else f"its process has ended with status {status}"
        outcome = replace(outcome, ended=True, failure=f"{reason}; the same command goes on from the last checkpoint.")
        sweep.note(outcome)
        _print(number, f"mobilenas: {outcome.failure}")
    if outcome.failure:
        raise RunFailedError(" ".join(outcome.overrides))


def _print(number: int, line: str) -> None:
    sys.stdout.write(f"[{number}] {line}\n")
    sys.stdout.flush()


def main() -> None:
    """Runs the job that standard input describes, and stops when the process that has started it is gone."""
    prepare()
    given = json.loads(sys.stdin.readline())
    threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    sweep = Sweep(Path(given["sweep"]))
    with sentences():
        try:
            with sweep.one_run(given["number"], given["overrides"]) as note_folder:
                run_settings(OmegaConf.create(given["settings"]), given["overrides"], note_folder)
        except RunFailedError:
            sys.exit(1)


def _stop_at_end_of_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
