"""Files: their hashes, tables as text, the folders of stages, and the folder of the YAML files."""

from mobilenas.files.artifact import Artifact
from mobilenas.files.conf import conf_dir
from mobilenas.files.hashes import digest, fingerprint

__all__ = ["Artifact", "conf_dir", "digest", "fingerprint"]
