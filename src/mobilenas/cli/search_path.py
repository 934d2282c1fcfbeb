"""Adds the ``conf`` folders of installed packages to the folders in which Hydra finds YAML files."""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from mobilenas.cli.sources import register_sources
from mobilenas.files.paths import path_of
from mobilenas.settings.packages import conf_folders


class PackagesSearchPath(SearchPathPlugin):
    """Adds the folders after this project's own folder, so that the names of this project stay valid."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in conf_folders():
            search_path.append("mobilenas-packages", f"file://{folder}")


def register() -> None:
    """Makes Hydra ask for the folders whenever it composes, and check the files that it reads from other folders."""
    Plugins.instance().register(PackagesSearchPath)
    register_sources()
    OmegaConf.register_new_resolver("path_of", lambda text: str(path_of(text)), replace=True)
