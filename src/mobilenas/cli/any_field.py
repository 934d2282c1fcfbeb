"""Lets a user set any field of a part, also one that its file in ``conf/`` leaves out."""

import re
from collections.abc import Sequence

_FIELD = re.compile(r"(?!hydra\.)[A-Za-z_]\w*(\.\w+)+=", re.ASCII)

_SET_OR_ADD = "++"
"""With it Hydra sets what no file mentions; a name that no class has is told when the settings are read."""


def settable(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments of a command line as Hydra needs them: ``++trainer.gradient_clip_val=1``."""
    return [f"{_SET_OR_ADD}{one}" if _FIELD.match(one) else one for one in arguments]


def as_written(overrides: Sequence[str]) -> list[str]:
    """Returns the overrides that ``settable`` was given."""
    return [one.removeprefix(_SET_OR_ADD) for one in overrides]
