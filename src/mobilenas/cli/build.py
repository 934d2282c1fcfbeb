"""From a composed configuration to the run that it stands for."""

from collections.abc import Mapping, Sequence
from typing import cast

import yaml
from omegaconf import DictConfig, OmegaConf

from mobilenas.cli.trusted import resolve
from mobilenas.pipeline import Plan, plan
from mobilenas.pipeline.settings import Settings, read_settings


def build(config: DictConfig, overrides: Sequence[str] = ()) -> Plan:
    """The run that a composed configuration stands for, with its data loaded and all its parts checked.

    Args:
        config: composed by Hydra
        overrides: what the user has set on the command line

    Raises:
        SettingsError: one sentence for each setting that is misspelt, wrong, or does not fit another
    """
    return plan(typed(config), yaml.safe_dump(dict(_values(config)), sort_keys=False), overrides)


def typed(config: DictConfig) -> Settings:
    """Its settings, each of the right type and in its range.

    Raises:
        SettingsError: one sentence for each that is not
    """
    return read_settings(_values(config), resolve)


def _values(config: DictConfig) -> Mapping[str, object]:
    return cast(Mapping[str, object], OmegaConf.to_container(config, resolve=True))
