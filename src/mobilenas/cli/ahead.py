"""Checks a whole command before Hydra runs it, because Hydra itself runs code that its own settings name."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_automatic_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from mobilenas.cli.any_field import as_written
from mobilenas.cli.hydras_own import dangerous, from_files, of_hydra, of_task
from mobilenas.cli.limited import limited
from mobilenas.cli.runs import runs
from mobilenas.cli.sweep import Sweep, sweep_of
from mobilenas.cli.typed import typed
from mobilenas.conf_dir import conf_dir
from mobilenas.files.paths import path_of
from mobilenas.network.published_weights import PUBLISHED, no_weights
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import SettingsError
from mobilenas.training.recipe import NO_WEIGHTS

_ODD = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def check_ahead(arguments: Sequence[str]) -> Sweep | None:
    """Returns the sweep that the command will be; None if it is one run, or none.

    Args:
        arguments: those of the command line

    Raises:
        SettingsError: a setting is wrong; in a sweep of Hydra's own sweeper, in any of its runs
    """
    given = get_args_parser().parse_args(arguments)
    if given.experimental_rerun is not None:
        raise SettingsError(["--experimental-rerun reads a pickle, which may run code: give the settings instead."])
    if given.shell_completion:  # which composes, and neither writes nor runs anything
        return None
    try:
        config = _composed(given, given.overrides, RunMode.MULTIRUN)  # which is right for one run too
        _check_hydras_own(given, config, given.overrides)
        if given.help or given.hydra_help or given.info:
            return None
        if given.cfg:
            _check_names(config, given.overrides)
            return None
        return _check_runs(given, config)
    finally:
        GlobalHydra.instance().clear()


def _check_runs(given: Namespace, config: DictConfig) -> Sweep | None:
    """Checks the settings of each run, and returns the sweep that they are if it is one."""
    if not (given.multirun or config.hydra.mode == RunMode.MULTIRUN):
        _check_settings(_composed(given, given.overrides, RunMode.RUN), given.overrides)
        return None
    knows_runs = config.hydra.sweeper.get("_target_") == f"{BasicSweeper.__module__}.{BasicSweeper.__name__}"
    checked = runs(given.overrides, config.hydra.sweeper.get("params") or {}, only_files=not knows_runs)
    for overrides in checked:
        one = _composed(given, overrides, RunMode.RUN)
        _check_hydras_own(given, one, overrides)
        if knows_runs:
            _check_files(_check_settings(one, overrides))
    planned = [as_written(of_task(one)) for one in checked] if knows_runs else []
    return sweep_of(Path(config.hydra.sweep.dir), as_written(config.hydra.overrides.task), planned)


def _check_settings(config: DictConfig, overrides: Sequence[str]) -> Settings:
    with limited("The settings take more than {} s to resolve: look for values that refer to each other."):
        return typed(_without_hydra(config), overrides)


def _check_files(settings: Settings) -> None:
    """Raises SettingsError if a later run's network or weights are not there, which that run would tell only then."""
    weights = settings.weights
    if settings.recipe.init == "given" and not weights and {"seed", "retrain", "parent"} & set(settings.stages):
        raise SettingsError([NO_WEIGHTS])
    if weights and weights != PUBLISHED and ":" not in weights and not path_of(weights).exists():
        raise SettingsError([no_weights(weights)])
    try:
        _ = settings.network_file and path_of(settings.network_file).stat()
    except OSError as error:
        said = f"network_file={settings.network_file} can't be read: {error.strerror}; give the path of a YAML file."
        raise SettingsError([said]) from None


def _check_names(config: DictConfig, overrides: Sequence[str]) -> None:
    """Raises SettingsError for names that no class has; values that are only shown may be wrong."""
    try:
        _check_settings(config, overrides)
    except SettingsError as error:
        if unknown := [one for one in error.sentences if one.startswith("There is no setting ")]:
            raise SettingsError(unknown) from None
    except OmegaConfBaseException:
        return  # what refers to nothing is shown as it is


def _check_hydras_own(given: Namespace, config: DictConfig, overrides: Sequence[str]) -> None:
    """Raises SettingsError if Hydra's own settings would write, import or run what the user has not named."""
    if wrong := list(dangerous(config.hydra, given.hydra_help)):
        raise SettingsError(wrong)
    names = {one.partition("=")[0] for one in given.overrides}
    own = of_hydra([one for one in overrides if one.partition("=")[0] in names])
    if wrong := list(from_files(config.hydra, _without_files(given, own, config.hydra.runtime.choices).hydra)):
        raise SettingsError(wrong[:10])


def _without_files(given: Namespace, own: Sequence[str], choices: Mapping[str, object]) -> DictConfig:
    """Composes Hydra's own settings from this project's files and the command line; plugins may be chosen anywhere."""
    alone = Namespace(**vars(given) | {"config_dir": None, "config_path": None, "config_name": None})
    plugins = [f"{group}={choices.get(group)}" for group in ("hydra/launcher", "hydra/sweeper")]
    others = [one for one in own if not one.startswith(("hydra/launcher=", "hydra/sweeper="))]
    try:
        return _composed(alone, [*others, *plugins], RunMode.MULTIRUN)
    except (HydraException, SettingsError):  # a file of the user's own describes the plugin, or another choice
        plain = [one for one in own if not one.lstrip("+~").startswith(("hydra/", "hydra.launcher", "hydra.sweeper"))]
        return _composed(alone, plain, RunMode.MULTIRUN)


def _composed(given: Namespace, overrides: Sequence[str], mode: RunMode) -> DictConfig:
    """Composes as ``hydra.main`` does, without running anything."""
    place = given.config_path or str(conf_dir())
    search_path = create_automatic_config_search_path(str(Path(__file__)), None, place)
    if given.config_dir is not None:
        folder = Path(given.config_dir).absolute()
        if not folder.is_dir():
            raise SettingsError([f"--config-dir {given.config_dir} is not a folder."])
        search_path.prepend("command-line", f"file://{folder}", SearchPathQuery(provider="schema"))
    GlobalHydra.instance().clear()
    hydra = Hydra.create_main_hydra2("mobilenas", search_path)
    with limited("The files of the settings take more than {} s to read: look at what their defaults lists name."):
        name, validate = None if given.hydra_help else given.config_name or "config", mode is RunMode.RUN
        try:
            return hydra.compose_config(name, list(overrides), mode, validate_sweep_overrides=validate)
        except SettingsError:
            raise
        except _ODD as error:  # Hydra has no errors of its own for odd entries
            said = f"{type(error).__name__}: {' '.join(str(error).split()):.200}"
            choices = ", ".join(one for one in overrides if "." not in one.partition("=")[0])[:200]
            way_out = f"each choice of a group must be a name: look at the files' defaults lists, and at {choices}"
            raise SettingsError([f"The settings cannot be composed ({said}): {way_out}."]) from None


def _without_hydra(config: DictConfig) -> DictConfig:
    """Returns the settings of the run alone."""
    with open_dict(config):
        del config["hydra"]
    return config
