"""A stage's folder in a run, and a file in it that says whether it is complete and what it was made from."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from mobilenas.files.hashes import digest
from mobilenas.files.whole import read_whole, remove, write_text

LARGEST = 20_000_000
"""The most bytes of a mark, which names all files of its stage."""

SECONDS, IMAGES = "seconds", "images"
"""Facts that the mark of a complete artifact has: the time that its making took, and a hash of the run's images."""

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
        return self._mark(_COMPLETE) == self.fingerprint and not self.damaged

    @property
    def facts(self) -> Mapping[str, object]:
        """What its stage has noted in the mark of a complete artifact, with the hashes of its files."""
        return self._read(_COMPLETE)

    @property
    def stale(self) -> bool:
        """Whether the folder holds a whole artifact, but made from other settings or other artifacts."""
        return self._mark(_COMPLETE) not in (None, self.fingerprint)

    @property
    def damaged(self) -> tuple[str, ...]:
        """The files that a complete artifact has lost, or that are not as they were when it was finished."""
        return tuple(name for name, known in self._files.items() if _digest(self.folder / name) != known)

    @property
    def files(self) -> dict[str, Path]:
        """The files of a complete artifact, by their names within its folder."""
        return {name: self.folder / name for name in self._files}

    def begin(self) -> None:
        """Makes the folder; files that an interrupted stage left there are kept if it had the same settings.

        The mark and the damaged files of a complete artifact are removed, so that they are made again.

        Raises:
            ValueError: the folder is a link, through which files elsewhere would be written
        """
        if self.folder.is_symlink():
            raise ValueError(f"{self.folder} is a link to another folder: remove the link.")
        if self._mark(_BEGUN) != self.fingerprint:
            remove(self.folder)
            self.folder.mkdir(parents=True)
            self._write(_BEGUN, {})
        for name in self.damaged:
            remove(self.folder / name)
        remove(self.folder / _COMPLETE)

    def finish(self, facts: Mapping[str, object] = {}) -> None:
        """Marks the folder as complete, and notes the hashes of its files."""
        files = sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        kept = [path.as_posix() for path in files if not _changes_later(path)]
        self._write(_COMPLETE, dict(facts) | {_FILES: {name: _digest(self.folder / name) for name in kept}})

    def adopt(self, outputs: Path) -> Path | None:
        """Copies the complete artifact of another run under ``outputs``, if one has it; returns that run's folder.

        Logs and other files that the artifact's own list does not have are left.
        """
        for other in sorted(outputs.glob(f"*/{self.folder.name}")):
            artifact = Artifact(other, self.fingerprint)
            if other != self.folder and artifact.complete:
                self._copy(artifact)
                return other.parent
        return None

    def _copy(self, other: "Artifact") -> None:
        """Copies the marks and the listed files of another folder, all or none."""
        copy = self.folder.with_name(f".{self.folder.name}.copy")
        remove(copy)
        try:
            for name in (_BEGUN, _COMPLETE, *other._files):
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(other.folder / name, copy / name)
            remove(self.folder)
            copy.rename(self.folder)
        finally:
            remove(copy)

    @property
    def _files(self) -> Mapping[str, str]:
        """The hashes of the files of a complete artifact; none if a name leads out of the folder."""
        files = self._read(_COMPLETE).get(_FILES)
        return files if isinstance(files, dict) and all(map(_is_inside, files)) else {}

    def _mark(self, name: str) -> str | None:
        found = self._read(name)
        whole = name == _BEGUN or found.get(_FILES) == self._files
        return str(found["fingerprint"]) if whole and "fingerprint" in found else None

    def _read(self, name: str) -> Mapping[str, object]:
        try:
            found = json.loads(read_whole(self.folder / name, LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, facts: Mapping[str, object]) -> None:
        write_text(self.folder / name, json.dumps({"fingerprint": self.fingerprint} | dict(facts), indent=1))


def found_artifact(folder: Path) -> Artifact:
    """Returns the artifact in a stage's folder, whatever settings it was made from; it is complete, or not."""
    return Artifact(folder, str(Artifact(folder, "").facts.get("fingerprint", "")))


def stage_of(path: Path) -> Path | None:
    """Returns the folder of the stage that a file belongs to, or None if it belongs to none."""
    return next((folder for folder in path.parents if (folder / _BEGUN).is_file()), None)


def _is_inside(name: str) -> bool:
    """Whether a name from a file is that of a file within the folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _digest(path: Path) -> str | None:
    """Returns the hash of a file, or None if there is none; a file that has not changed is read once."""
    if not path.is_file():
        return None
    facts = path.stat()
    return _digest_once(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)


@lru_cache(maxsize=10_000)
def _digest_once(path: Path, *facts: int) -> str:
    return digest(path)


def _changes_later(path: Path) -> bool:
    """Whether a file may change after its stage, or is not read again: stores, logs and checkpoints."""
    aside = {"logs", "wandb", "checkpoints"} & set(path.parts[:-1])
    return bool(aside) or ".sqlite" in path.name or path.name.startswith(".") or path.name == _BEGUN
