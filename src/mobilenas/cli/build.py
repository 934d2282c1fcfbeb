"""Makes a run of a composed configuration."""

import logging
from collections.abc import Sequence

import yaml
from omegaconf import DictConfig

from mobilenas.cli.leftover import leftovers
from mobilenas.cli.typed import plain_values, typed
from mobilenas.pipeline import Plan, plan

log = logging.getLogger(__name__)


def build(config: DictConfig, overrides: Sequence[str] = ()) -> Plan:
    """Returns the run that a composed configuration describes, with its data loaded and all its parts checked.

    Args:
        config: the configuration, composed by Hydra
        overrides: the settings that the user has given on the command line

    Raises:
        SettingsError: one sentence for each setting that is misspelt, wrong, or does not fit another
    """
    for one in leftovers(plain_values(config), overrides):
        log.info("%s", one)
    shown = yaml.safe_dump(dict(plain_values(config, overrides)), sort_keys=False)
    return plan(typed(config, overrides), shown, overrides)
