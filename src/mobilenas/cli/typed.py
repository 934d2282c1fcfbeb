"""Makes typed settings of a composed configuration, without slow imports."""

from collections.abc import Mapping
from typing import cast

from omegaconf import DictConfig, OmegaConf

from mobilenas.cli.trusted import resolve
from mobilenas.pipeline.settings import Settings, read_settings
from mobilenas.settings import SettingsError


def typed(config: DictConfig) -> Settings:
    """Returns the settings of a configuration, each of the right type and in its range.

    Raises:
        SettingsError: one sentence for each setting that is not
    """
    if "experiment" in config:
        raise SettingsError(
            (
                "The file of the experiment sets nothing: its first line must be # @package _global_, and the settings"
                " must be a mapping.",
            )
        )
    return read_settings(plain_values(config), resolve)


def plain_values(config: DictConfig) -> Mapping[str, object]:
    """Returns the values of a configuration, with all references resolved."""
    return cast(Mapping[str, object], OmegaConf.to_container(config, resolve=True))
