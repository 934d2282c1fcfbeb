"""The result of a stage, as the record of a run has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mobilenas.tracking import Rows


@dataclass(frozen=True)
class Outcome:
    """The result of a stage.

    Args:
        values: figures by their whole names
        tables: tables by name
        files: pictures and pages by name
    """

    values: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
