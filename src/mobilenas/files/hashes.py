"""Makes short hashes of settings and of files."""

import hashlib
import json
from pathlib import Path


def fingerprint(settings: object) -> str:
    """Returns a short hash of plain settings: mappings, sequences, strings and numbers."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def digest(path: Path) -> str:
    """Returns a short hash of a file's content.

    Raises:
        ValueError: there is no such file
    """
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
