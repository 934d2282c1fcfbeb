"""The ``conf`` folders of installed packages, where Hydra finds their YAML beside this project's."""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

from mobilenas.settings.packages import conf_folders


class PackagesSearchPath(SearchPathPlugin):
    """Adds the folders after this project's own, which therefore keeps its names."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in conf_folders():
            search_path.append("mobilenas-packages", f"file://{folder}")


def register() -> None:
    """Make Hydra ask for the folders whenever it composes."""
    Plugins.instance().register(PackagesSearchPath)
