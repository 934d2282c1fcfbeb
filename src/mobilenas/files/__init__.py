"""Files: their hashes, tables as text, and the folders of stages."""

from mobilenas.files.artifact import Artifact
from mobilenas.files.hashes import digest, fingerprint

__all__ = ["Artifact", "digest", "fingerprint"]
