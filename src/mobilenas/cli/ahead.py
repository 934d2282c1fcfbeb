"""Checks a whole command before Hydra runs it, because Hydra itself runs code that its own settings name."""

import signal
import threading
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_automatic_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from mobilenas.cli.typed import typed
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError

LONGEST_S = 3.0
"""The longest time in seconds that a processor may work on the settings of one run; they usually take a tenth of it."""

_ODD = (AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_PLUGINS = ("hydra.launcher._target_", "hydra.sweeper._target_")  # Hydra itself checks that these are its plugins


def check_ahead(arguments: Sequence[str]) -> None:
    """Raises SettingsError if a setting is wrong; in a sweep of Hydra's own sweeper, in any of its runs.

    Args:
        arguments: those of the command line
    """
    given = get_args_parser().parse_args(arguments)
    if given.experimental_rerun is not None:
        raise SettingsError(["--experimental-rerun reads a pickle, which may run code: give the settings instead."])
    if given.help or given.hydra_help or given.shell_completion or given.info:
        return
    try:
        for overrides in _checked_runs(given):
            config = _composed(given, overrides, RunMode.RUN)
            with _limited("The settings take more than {} s to resolve: look for values that refer to each other."):
                typed(_without_hydra(config), overrides)
    finally:
        GlobalHydra.instance().clear()


def _checked_runs(given: Namespace) -> Sequence[Sequence[str]]:
    """Returns the overrides of each run, after a check of Hydra's own settings."""
    config = _composed(given, given.overrides, RunMode.MULTIRUN)  # which is right for one run too
    several = given.multirun or config.hydra.mode == RunMode.MULTIRUN
    if wrong := list(_dangerous(config.hydra)):
        raise SettingsError(wrong)
    if given.cfg:
        return []
    if not several:
        return [given.overrides]
    sweeper = config.hydra.sweeper
    if sweeper.get("_target_") != f"{BasicSweeper.__module__}.{BasicSweeper.__name__}":
        return []  # only the sweeper knows its runs
    own = [f"{name}={value}" for name, value in (sweeper.params or {}).items()]
    overrides = OverridesParser.create().parse_overrides([*own, *given.overrides])
    return [run for batch in BasicSweeper.split_arguments(overrides, None) for run in batch]


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
    with _limited("The files of the settings take more than {} s to read: look at what their defaults lists name."):
        name, validate = given.config_name or "config", mode is RunMode.RUN
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


def _dangerous(settings: DictConfig) -> Iterator[str]:
    """Yields a sentence for each of Hydra's own settings that would run code or change where code is found."""
    values = OmegaConf.to_container(settings, resolve=False)
    for name, value in _named(values, "hydra"):
        if name.rpartition(".")[2] in ("_target_", "()") and name not in _PLUGINS:
            yield f"{name}={value!r:.80} is not allowed, because Hydra would run what it names: leave it out."
    for name in ("job_logging", "hydra_logging"):
        if set(settings[name] or {}) - {"version", "root", "disable_existing_loggers"}:
            yield f"hydra.{name} is not allowed, because it may write any file: the command says what it does anyway."
    if settings.job.env_set:
        yield "hydra.job.env_set is not allowed, because programs read the environment: set the variables in the shell."


def _named(values: object, place: str) -> Iterator[tuple[str, object]]:
    pairs = values.items() if isinstance(values, Mapping) else enumerate(values) if isinstance(values, list) else ()
    for key, value in pairs:
        yield f"{place}.{key}", value
        yield from _named(value, f"{place}.{key}")


class _TimeIsUp(BaseException):
    """Is no Exception, so that code which catches errors does not catch it."""


@contextmanager
def _limited(said: str) -> Iterator[None]:
    """Raises SettingsError after too much time of the processor, on systems that can measure it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _TimeIsUp

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    try:
        yield
    except (_TimeIsUp, RecursionError):
        raise SettingsError([said.format(f"{LONGEST_S:g}")]) from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
