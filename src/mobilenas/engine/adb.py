"""Calls adb, the command of Android's platform tools."""

from __future__ import annotations

import subprocess

from mobilenas.files.paths import path_of

LONGEST_LINE = 80  # characters of what a program says, in an error


def states_by_serial(adb: str, timeout_s: float) -> dict[str, str]:
    """Returns what adb tells of each phone that is connected: ``device`` if it is ready."""
    failed, said = call_adb(adb, ("devices",), timeout_s)
    if failed:
        raise ValueError(f"adb does not list the phones ({last_line(said)}): try adb kill-server, then adb devices.")
    lines = (line.split("\t") for line in said.splitlines() if "\t" in line)
    return {serial: state.strip() for serial, state, *_ in lines}


def last_line(said: str) -> str:
    """Returns the last line of what a program says, or its beginning if it is long."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"{lines[-1]:.{LONGEST_LINE}}" if lines else "nothing"


def call_adb(adb: str, arguments: tuple[str, ...], timeout_s: float) -> tuple[bool, str]:
    """Returns whether a call of adb failed, and what it writes, without what adb says of its own daemon."""
    command = [str(path_of(adb)), *arguments]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"The phone did not answer within {timeout_s:g} s: what was measured is kept, so look whether it is awake"
            " and give the same command again, or set a larger hardware.engine.timeout_s."
        ) from None
    except OSError as error:
        raise ValueError(
            f"adb is not installed ({adb}: {error.strerror}): install Android's platform tools, or name its path by"
            " hardware.engine.adb."
        ) from None
    lines = [line for line in f"{ended.stdout}\n{ended.stderr}".splitlines() if not line.startswith("* daemon")]
    return ended.returncode != 0, "\n".join(lines)
