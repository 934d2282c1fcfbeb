"""The note in a run's folder of where the run was recorded, and of the stages that are recorded."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from mobilenas.files.whole import read_whole, write_text

log = logging.getLogger(__name__)

LARGEST = 1_000_000
"""The most bytes of a note."""


class Note:
    """A file with the id of a record, and with what each recorded stage was made from.

    Args:
        path: path of the file
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def id(self) -> str:
        """The id of the record, or an empty text."""
        return str(self._read().get("id", ""))

    @property
    def stages(self) -> dict[str, str]:
        """What each recorded stage was made from, by its name."""
        found = self._read().get("stages")
        return {str(stage): str(made) for stage, made in found.items()} if isinstance(found, dict) else {}

    @property
    def is_closed(self) -> bool:
        """Whether the record was ended as complete after its last stage."""
        return self._read().get("closed") is True

    def write(self, id: str, stages: Mapping[str, str], closed: bool = False) -> None:
        """Writes the note; an error is a warning, because a run can go on without it."""
        try:
            write_text(self._path, json.dumps({"id": id, "stages": dict(stages), "closed": closed}, indent=1))
        except (OSError, ValueError) as error:
            log.warning("%s cannot be written (%s): the run goes on.", self._path, error)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)

    def _read(self) -> Mapping[str, object]:
        """Returns the content; nothing if it cannot be read, and then a new record begins."""
        try:
            found = json.loads(read_whole(self._path, LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
