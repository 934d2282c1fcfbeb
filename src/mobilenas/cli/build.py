"""From a composed configuration to the run that it stands for."""

from collections.abc import Sequence

import yaml
from omegaconf import DictConfig

from mobilenas.cli.typed import plain_values, typed
from mobilenas.pipeline import Plan, plan


def build(config: DictConfig, overrides: Sequence[str] = ()) -> Plan:
    """The run that a composed configuration stands for, with its data loaded and all its parts checked.

    Args:
        config: composed by Hydra
        overrides: what the user has set on the command line

    Raises:
        SettingsError: one sentence for each setting that is misspelt, wrong, or does not fit another
    """
    return plan(typed(config), yaml.safe_dump(dict(plain_values(config)), sort_keys=False), overrides)
