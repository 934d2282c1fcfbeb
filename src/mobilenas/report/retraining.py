"""The command that trains one architecture of a search as the search's own networks are trained."""

import shlex
from collections.abc import Sequence

PROGRAM = "mobilenas"
PLACE = "ARCHITECTURE"
"""Stands in the command for the options of an architecture, ``8,10,6``."""

REPLACED = ("architecture", "choose", "choose_by", "fresh", "stages")
"""The settings that decide what is trained, which the architecture decides now."""


def retraining_command(command: Sequence[str]) -> str:
    """Returns the command for a shell, with ``PLACE`` where the architecture stands.

    The new run has a folder of its own. What it has in common with the run, up to the search, is copied from there.

    Args:
        command: the arguments of the run's own command
    """
    kept = [one for one in command if one.lstrip("+~").partition("=")[0] not in REPLACED]
    return " ".join([PROGRAM, *map(shlex.quote, kept), f"'architecture=[{PLACE}]'"])
