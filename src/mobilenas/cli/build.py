"""Makes a run of a composed configuration."""

from collections.abc import Sequence

import yaml
from omegaconf import DictConfig

from mobilenas.cli.typed import plain_values, typed
from mobilenas.pipeline import Plan, plan


def build(config: DictConfig, overrides: Sequence[str] = ()) -> Plan:
    """Returns the run that a composed configuration describes, with its data loaded and all its parts checked.

    Args:
        config: the configuration, composed by Hydra
        overrides: the settings that the user has given on the command line

    Raises:
        SettingsError: one sentence for each setting that is misspelt, wrong, or does not fit another
    """
    return plan(typed(config), yaml.safe_dump(dict(plain_values(config)), sort_keys=False), overrides)
