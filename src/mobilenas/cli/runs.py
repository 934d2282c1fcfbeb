"""The runs of a sweep, each by its overrides."""

import logging
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from math import ceil, prod

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep

from mobilenas.cli.limited import limited
from mobilenas.settings import SettingsError

MOST = 10_000
"""The most runs of a sweep; each is checked before the first one, and all of them are held in memory."""

_MANY = 100

_log = logging.getLogger(__name__)


def runs(given: Sequence[str], params: Mapping[str, object], only_files: bool = False) -> Sequence[Sequence[str]]:
    """Returns the overrides of each run of a sweep.

    Args:
        given: the overrides on the command line
        params: the overrides in the sweeper's settings
        only_files: leaves out the values that are not names of files, where another sweeper decides on them

    Raises:
        SettingsError: there are more than a sweep may have
    """
    with limited("The values of the sweep take more than {} s to read: give fewer of them."):
        own = [f"{name}={value}" for name, value in params.items()]
        overrides = OverridesParser.create().parse_overrides([*own, *given])
    if only_files:
        overrides = [one for one in overrides if not one.is_sweep_override() or _chooses_files(one)]
    number = prod({one.get_key_element(): _number(one) for one in overrides}.values())
    if number > MOST:
        raise SettingsError([f"The sweep has {number:,} runs, more than {MOST:,}: give fewer values."])
    if number > _MANY:
        _log.info("The settings of %s runs are checked before the first one.", f"{number:,}")
    return list(chain.from_iterable(BasicSweeper.split_arguments(overrides, None)))


def _number(override: Override) -> int:
    """Returns the number of an override's values, without making them."""
    value = override.value()
    if isinstance(value, RangeSweep) and value.start is not None and value.stop is not None:
        if not value.step:
            raise SettingsError([f"{override.input_line} has a step of 0: give another one."])
        return max(0, ceil((value.stop - value.start) / value.step))
    return sum(1 for _ in islice(override.sweep_iterator(), MOST + 1)) if override.is_discrete_sweep() else 1


def _chooses_files(override: Override) -> bool:
    return override.is_discrete_sweep() and "." not in override.get_key_element() and _number(override) <= MOST
