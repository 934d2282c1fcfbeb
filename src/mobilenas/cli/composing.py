"""Composes typed settings from overrides, as the command line does."""

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from mobilenas.cli.any_field import settable
from mobilenas.cli.fine_tuned import fine_tuned
from mobilenas.cli.search_path import register
from mobilenas.cli.typed import typed
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline.settings import Settings


def composed(*overrides: str) -> Settings:
    """Returns the settings that the command line would have with these overrides.

    Raises:
        SettingsError: one sentence for each setting that is wrong
    """
    register()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return typed(compose("config", fine_tuned(settable(overrides))), overrides)
