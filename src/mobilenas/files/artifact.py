"""A stage's folder in a run, and a file in it that says whether it is complete and what it was made from."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BEGUN, _COMPLETE = "begun.json", "artifact.json"


@dataclass(frozen=True)
class Artifact:
    """The artifact that one stage writes.

    Args:
        folder: the stage's own folder
        fingerprint: fingerprint of the settings and of the artifacts that it is made from
    """

    folder: Path
    fingerprint: str

    @property
    def complete(self) -> bool:
        """Whether the folder holds the whole artifact, made from these settings."""
        return self._mark(_COMPLETE) == self.fingerprint

    @property
    def stale(self) -> bool:
        """Whether the folder holds a whole artifact, but made from other settings or other artifacts."""
        return self._mark(_COMPLETE) not in (None, self.fingerprint)

    def begin(self) -> None:
        """Makes the folder; files that an interrupted stage left there are kept if it had the same settings."""
        if self._mark(_BEGUN) != self.fingerprint:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._write(_BEGUN, {})

    def finish(self, facts: Mapping[str, object] = {}) -> None:
        """Marks the folder as complete."""
        self._write(_COMPLETE, facts)

    def adopt(self, outputs: Path) -> Path | None:
        """Copies the complete artifact of another run under ``outputs``, if one has it; returns that run's folder."""
        for other in sorted(outputs.glob(f"*/{self.folder.name}")):
            if other != self.folder and Artifact(other, self.fingerprint).complete:
                copy = self.folder.with_name(f".{self.folder.name}.copy")
                for folder in (self.folder, copy):
                    shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(other, copy)
                copy.rename(self.folder)  # whole or not at all
                return other.parent
        return None

    def _mark(self, name: str) -> str | None:
        try:
            found = json.loads((self.folder / name).read_text())["fingerprint"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return str(found)

    def _write(self, name: str, facts: Mapping[str, object]) -> None:
        text = json.dumps({"fingerprint": self.fingerprint} | dict(facts), indent=1)
        temporary = self.folder / f".{name}"
        temporary.write_text(text)
        temporary.replace(self.folder / name)
