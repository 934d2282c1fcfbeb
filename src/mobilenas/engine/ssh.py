"""Runners on other machines, which are reached over ssh."""

from __future__ import annotations

import shlex
import subprocess
from functools import cache
from importlib.resources import files
from tempfile import TemporaryFile

from mobilenas.engine.host_session import Session

PROGRAM = "ssh"
OPTIONS = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=30")


def connected(host: str, python: str) -> Session:
    """Returns the session with a host: the one that this process has, or a new one after that has ended."""
    sessions = open_sessions()
    if (host, python) not in sessions or sessions[host, python].is_over:
        sessions[host, python] = _begun(host, python)
    return sessions[host, python]


@cache
def open_sessions() -> dict[tuple[str, str], Session]:
    """Returns the sessions of this process by host and interpreter."""
    return {}


def _begun(host: str, python: str) -> Session:
    runner = (files("mobilenas.engine") / "host_runner.py").read_bytes()
    command = [PROGRAM, *OPTIONS, host, _command(python, len(runner))]
    errors = TemporaryFile()  # noqa: SIM115  the session closes it
    pipe = subprocess.PIPE
    try:  # in a process group of its own, so that Ctrl-C reaches this process alone
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, start_new_session=True)
    except OSError:
        errors.close()
        raise ValueError(
            f"hardware.host={host} needs the program {PROGRAM}, which cannot be run here: install OpenSSH's client."
        ) from None
    session = Session(host, python, process, errors)
    session.exchange(runner)
    return session


def _command(python: str, size: int) -> str:
    """Returns what any shell there runs: the first bytes become a file, which then reads the rest."""
    path = shlex.quote(python[2:] if python.startswith("~/") else python)  # a command begins in the home folder
    script = f'd=$(mktemp -d) || exit; head -c {size} > "$d/runner.py" && {path} -u "$d/runner.py"'
    return "exec sh -c " + shlex.quote(script + '; s=$?; rm -rf "$d"; exit $s')
