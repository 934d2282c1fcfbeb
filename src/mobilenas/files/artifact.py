"""A stage's folder in a run, and a file in it that says whether it is complete and what it was made from."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BEGUN, _COMPLETE, _FILES = "begun.json", "artifact.json", "files"


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
        """Whether the folder holds the whole artifact, made from these settings, with all its files."""
        return self._mark(_COMPLETE) == self.fingerprint and not self.missing

    @property
    def stale(self) -> bool:
        """Whether the folder holds a whole artifact, but made from other settings or other artifacts."""
        return self._mark(_COMPLETE) not in (None, self.fingerprint)

    @property
    def missing(self) -> tuple[str, ...]:
        """The files that a complete artifact has lost, or that have another size than when it was finished."""
        sizes = self._read(_COMPLETE).get(_FILES)
        known = sizes.items() if isinstance(sizes, dict) else ()
        return tuple(name for name, size in known if _size(self.folder / name) != size)

    def begin(self) -> None:
        """Makes the folder; files that an interrupted stage left there are kept if it had the same settings."""
        if self._mark(_BEGUN) != self.fingerprint:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._write(_BEGUN, {})

    def finish(self, facts: Mapping[str, object] = {}) -> None:
        """Marks the folder as complete, and notes the sizes of its files."""
        files = sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        kept = [path for path in files if not _changes_later(path)]
        self._write(_COMPLETE, dict(facts) | {_FILES: {path.as_posix(): _size(self.folder / path) for path in kept}})

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
        found = self._read(name).get("fingerprint")
        return None if found is None else str(found)

    def _read(self, name: str) -> Mapping[str, object]:
        try:
            found = json.loads((self.folder / name).read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, facts: Mapping[str, object]) -> None:
        text = json.dumps({"fingerprint": self.fingerprint} | dict(facts), indent=1)
        temporary = self.folder / f".{name}"
        temporary.write_text(text)
        temporary.replace(self.folder / name)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _changes_later(path: Path) -> bool:
    """Whether a file may change after its stage, or is not read again: stores, logs and checkpoints."""
    return (
        ".sqlite" in path.name
        or path.name.startswith(".")
        or not {"logs", "wandb", "checkpoints"}.isdisjoint(path.parts[:2])
    )
