"""What is said about another machine that does not do what it was asked."""

from __future__ import annotations

NO_CONNECTION = 255  # the exit status of ssh itself
NO_PROGRAM = (126, 127)  # those of a shell
KILLED = 137
FULL = "No space left on device"
KEPT = "What was measured is kept, and the same command goes on from there."


def why_ended(host: str, python: str, status: int | None, said: str, begun: bool) -> str:
    """Returns why the connection with a runner has ended.

    Args:
        host: the machine
        python: the interpreter there
        status: the exit status of ssh
        said: the last line of its messages
        begun: whether the runner has ever answered
    """
    name, last = f"hardware.host={host}", f": {said}" if said else ""
    if FULL in said:
        return storage_is_full(host)
    if status == KILLED:
        return (
            f"{name} has killed the runner, most likely because its memory is full: set a smaller"
            " hardware.fit_networks and hardware.validation_networks, or hardware.networks of a predictor."
        )
    if begun:
        return f"{name}: the connection was lost{last}. {KEPT}"
    if status == NO_CONNECTION:
        return (
            f"{name} cannot be reached{last}: make the command ssh {host} true work without a password first;"
            f" ssh-copy-id {host} sends your key."
        )
    if status in NO_PROGRAM:
        return f"{name} has no {python}: set hardware.python to the path of Python 3.8 or newer there."
    return f"{name}: the runner did not begin{last}: it needs a shell, and Python 3.8 or newer."


def why_failed(host: str, python: str, package: str, error: str, missing: str | None) -> str:
    """Returns why a runner could not do what it was asked.

    Args:
        host: the machine
        python: the interpreter there
        package: the engine's package
        error: what the runner says
        missing: the name of a package that is not installed there
    """
    if missing:
        install = f"write {python} -m pip install numpy {package} there"
        return f"hardware.host={host} has no Python package {missing}: {install}."
    return storage_is_full(host) if FULL in error else f"hardware.host={host}: {error}"


def storage_is_full(host: str) -> str:
    """Returns the sentence about a full storage."""
    return f"The storage of hardware.host={host} is full: remove some files there. {KEPT}"
