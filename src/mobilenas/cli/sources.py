"""Checks the YAML files of a user's folder, which may be from elsewhere, before Hydra reads them."""

from pathlib import Path

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.plugins.config_source import ConfigResult
from omegaconf import OmegaConf
from omegaconf.errors import GrammarParseError

from mobilenas.conf_dir import conf_dir
from mobilenas.files.yaml_text import read_yaml_file
from mobilenas.settings import SettingsError

LONGEST_REFERENCE = 1_000
"""The most characters of a text that refers to other settings; resolving a long one takes time and memory."""


class CheckedFiles(FileConfigSource):
    """Hydra's own source of files, with the bounds that every YAML from elsewhere has."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Reads a file.

        Raises:
            SettingsError: it is not YAML, too large or too deep, no mapping, or it has a reference that cannot be read
        """
        path = Path(self.path, self._normalize_file_name(config_path))
        if path.exists() and not path.is_relative_to(conf_dir()):
            _check(path, _content(path))
        try:
            read = super().load_config(config_path)
            with path.open(encoding="utf-8-sig") as file:  # which some editors begin with a byte order mark
                read.header = self._get_header_dict(file.read(512))
            return read
        except (ValueError, RecursionError) as error:  # of the header, or of references within references
            raise SettingsError([f"{path} cannot be read: {' '.join(str(error).split()):.200}."]) from None


def register_sources() -> None:
    """Makes Hydra read files by ``CheckedFiles``."""
    CheckedFiles.__name__ = FileConfigSource.__name__  # a launcher's process keeps a class of the same name
    SourcesRegistry.instance().types["file"] = CheckedFiles


def _content(path: Path) -> object:
    try:
        return read_yaml_file(path)
    except ValueError as error:  # which names the file
        raise SettingsError([str(error)]) from None


def _check(path: Path, content: object) -> None:
    """Raises SettingsError unless a file's content is a mapping, and its references can be read."""
    if not isinstance(content, dict | None):
        raise SettingsError([f"{path} must hold settings, each on a line as 'name: value'."])
    hydras_own = (content or {}).get("hydra")
    if isinstance(hydras_own, dict) and hydras_own.get("searchpath"):
        way_out = "give hydra.searchpath=[...] on the command line"
        raise SettingsError([f"{path} has hydra.searchpath, which may import a package: {way_out}."])
    for text in _texts(content):
        if "${" not in text:
            continue
        if len(text) > LONGEST_REFERENCE:
            said = f"{text[:40]!r}, of {len(text):,} characters, more than {LONGEST_REFERENCE:,}"
            raise SettingsError([f"{path} has a text with a reference to another setting, {said}."])
        try:
            OmegaConf.create([text])
        except GrammarParseError:
            said = f"{path} has a reference to another setting that cannot be read, {text!r}: write ${{name}}."
            raise SettingsError([said]) from None


def _texts(content: object) -> list[str]:
    """Returns all texts in the content of a file, keys included."""
    if isinstance(content, dict):
        return [text for pair in content.items() for part in pair for text in _texts(part)]
    if isinstance(content, list):
        return [text for part in content for text in _texts(part)]
    return [content] if isinstance(content, str) else []
