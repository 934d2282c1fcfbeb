"""Makes typed settings of a composed configuration, without slow imports."""

from collections.abc import Mapping, Sequence
from typing import cast

from omegaconf import DictConfig, OmegaConf

from mobilenas.cli.leftover import leftovers, without
from mobilenas.cli.trusted import resolve
from mobilenas.pipeline.settings import Settings, read_settings
from mobilenas.settings import SettingsError


def typed(config: DictConfig, overrides: Sequence[str] = ()) -> Settings:
    """Returns the settings of a configuration, each of the right type and in its range.

    Args:
        config: the configuration, composed by Hydra
        overrides: the settings that the user has given on the command line; the parts that they exchange lose what the
            experiment has set for others

    Raises:
        SettingsError: one sentence for each setting that is not
    """
    if "experiment" in config:
        name = next((one.partition("=")[2] for one in overrides if one.lstrip("+").startswith("experiment=")), "")
        raise SettingsError(
            (
                f"The file of the experiment {name} sets nothing: its first line must be # @package _global_, and the"
                " settings must be a mapping.",
            )
        )
    return read_settings(plain_values(config, overrides), resolve)


def plain_values(config: DictConfig, overrides: Sequence[str] = ()) -> Mapping[str, object]:
    """Returns the values of a configuration, with all references resolved, and without those that are left over."""
    values = cast(Mapping[str, object], OmegaConf.to_container(config, resolve=True))
    return without(values, list(leftovers(values, overrides)))
