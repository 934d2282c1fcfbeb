"""The command line: compose the settings, build each group's object, run the pipeline. Only this file knows Hydra."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import hydra
import torch
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from mobilenas.artifact import fingerprint
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline import run
from mobilenas.spec import NetworkSpec
from mobilenas.stages import Experiment
from mobilenas.training import Training
from mobilenas.transform import resized

# These change where and how a run is done, not what it results in.
_NOT_RESULTS = ("stages", "outputs", "fresh", "logger", "checkpoint_minutes")
_READ = {
    *("name", "stages", "seed", "choose", "outputs", "fresh", "threads", "checkpoint_minutes", "scale"),
    *("search_space", "method", "supernet_recipe", "recipe", "hardware", "algorithm", "objective", "evaluator"),
    *("data", "network", "trainer", "logger"),
}
_TRUSTED = ("mobilenas.", "pytorch_lightning.")


def main() -> None:
    """Entry point of ``mobilenas``; a user's error ends in one sentence and a non-zero exit."""
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    with _sentences():
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(_run)()


def _run(config: DictConfig) -> None:
    _quiet()
    torch.set_flush_denormal(
        True
    )  # measuring sets it; set always, a continued run computes what an undisturbed one does
    if config.threads:
        torch.set_num_threads(config.threads)
    with _sentences():  # here too: what passes through Hydra is printed by it
        run(build(config), config.fresh)


@contextmanager
def _sentences() -> Iterator[None]:
    """End in a sentence in place of a traceback, unless MOBILENAS_TRACEBACK asks for one."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("mobilenas: stopped; the same command goes on from the last checkpoint.")
    except (HydraException, OmegaConfBaseException, ValueError, OSError) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit(f"mobilenas: {' '.join(_sentence(error).split())}")


def build(config: DictConfig) -> Experiment:
    """The objects that a composed configuration stands for."""
    settings: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    _check_names(settings)
    _check_targets(settings)
    data = instantiate(config.data, _convert_="all")
    space = instantiate(config.search_space, classes=len(data.classes), resolution=data.resolution, _convert_="all")
    settings |= {"classes": len(data.classes), "resolution": data.resolution}
    results = {name: value for name, value in settings.items() if name not in _NOT_RESULTS}
    folder = f"{config.name}-{config.scale.name}-s{config.seed}-{fingerprint(results)[:8]}"
    return Experiment(
        folder=Path(config.outputs) / folder,
        settings=settings,
        stages=tuple(config.stages),
        seed=config.seed,
        choose=config.choose,
        space=space,
        data=data,
        hardware=instantiate(config.hardware, _convert_="all"),
        method=_factory(config.method),
        supernet_recipe=instantiate(config.supernet_recipe, _convert_="all"),
        recipe=instantiate(config.recipe, _convert_="all"),
        algorithm=_factory(config.algorithm),
        objective=instantiate(config.objective, _convert_="all"),
        scoring=instantiate(config.evaluator, _convert_="all"),
        training=Training(_factory(config.trainer), _factory(config.logger), config.seed, config.checkpoint_minutes),
        networks=_networks(settings),
    )


def _factory(group: DictConfig) -> Any:
    return instantiate(group, _partial_=True, _convert_="all")


def _networks(settings: Mapping[str, Any]) -> tuple[NetworkSpec, ...]:
    if not settings.get("network"):
        return ()
    scale = settings["scale"]
    return (
        resized(
            NetworkSpec.from_dict(settings["network"], "network"),
            settings["classes"],
            settings["resolution"],
            scale["width"],
            scale["hidden"],
            scale["unstrided"],
        ),
    )


def _check_names(settings: Mapping[str, Any]) -> None:
    """Raise ValueError for a name at the top that nothing reads; ``+name=value`` passes Hydra unseen."""
    unknown = sorted(settings.keys() - _READ)
    if unknown:
        raise ValueError(f"Nothing reads the setting {unknown[0]!r}; mobilenas --cfg job prints all there are.")


def _check_targets(settings: object) -> None:
    """Raise ValueError for a class outside the project and its declared dependencies."""
    for target in _targets(settings):
        if not target.startswith(_TRUSTED):
            raise ValueError(f"_target_ {target!r} is not allowed: it must begin with {' or '.join(_TRUSTED)}.")


def _targets(settings: object) -> Iterator[str]:
    if isinstance(settings, Mapping):
        if "_target_" in settings:
            yield str(settings["_target_"])
        for value in settings.values():
            yield from _targets(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _targets(value)


def _quiet() -> None:
    for name in ("pytorch_lightning", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


def _sentence(error: BaseException) -> str:
    """What went wrong and the way out; Hydra's own messages take several lines for it."""
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, MissingConfigException) and error.options:
        group, _, name = str(error.missing_cfg_file).rpartition("/")
        return f"There is no {group} {name!r}; choose from {', '.join(error.options)}."
    if isinstance(error, OverrideParseException):
        return f"{error.override!r} is no setting: write name=value, as in seed=1."
    if isinstance(error, MissingMandatoryValue):
        return f"The setting {error.full_key} has no value: add {error.full_key}=..."
    if found := re.search(r"full_key: (\S+)", f"{error} {error.__cause__}"):
        close = get_close_matches(found[1], _settings(sys.argv[1:]), 1)
        hint = f"did you mean {close[0]!r}?" if close else "mobilenas --cfg job prints all there are."
        return f"There is no setting {found[1]!r}; {hint}"
    return str(error)


def _settings(arguments: Sequence[str]) -> list[str]:
    """Names of all settings and groups of the configuration whose groups are chosen as in the arguments."""
    groups = [path.name for path in conf_dir().iterdir() if path.is_dir()]
    choices = [one for one in arguments if one.partition("=")[0] in groups]
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        composed = OmegaConf.to_container(compose("config", choices), resolve=False)
    return groups + list(_names(composed))


def _names(settings: object, prefix: str = "") -> Iterator[str]:
    if isinstance(settings, Mapping):
        for name, value in settings.items():
            yield f"{prefix}{name}"
            yield from _names(value, f"{prefix}{name}.")


if __name__ == "__main__":
    main()
