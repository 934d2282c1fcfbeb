"""The command line: compose the settings, build each group's object, run the pipeline. Only this file knows Hydra."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import hydra
from hydra.errors import HydraException, InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mobilenas.artifact import fingerprint
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline import run
from mobilenas.spec import NetworkSpec
from mobilenas.stages import Experiment
from mobilenas.training import Training
from mobilenas.transform import resized

# These change where and how a run is done, not what it results in.
_NOT_RESULTS = ("stages", "outputs", "fresh", "logger", "checkpoint_minutes")
_TRUSTED = ("mobilenas.", "pytorch_lightning.")


def main() -> None:
    """Entry point of ``mobilenas``; a user's error ends in one sentence and a non-zero exit."""
    debug = "HYDRA_FULL_ERROR" in os.environ
    os.environ["HYDRA_FULL_ERROR"] = "1"  # makes Hydra hand its errors on
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mobilenas").setLevel(logging.INFO)
    try:
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(_run)()
    except KeyboardInterrupt:
        sys.exit("Stopped; the same command continues from the last checkpoint.")
    except (HydraException, OmegaConfBaseException, ValueError, OSError) as error:
        if debug:
            raise
        _fail(error)


def _run(config: DictConfig) -> None:
    _quiet()
    run(build(config), config.fresh)


def build(config: DictConfig) -> Experiment:
    """The objects that a composed configuration stands for."""
    settings: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
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


def _fail(error: BaseException) -> NoReturn:
    while isinstance(error, InstantiationException) and error.__cause__ is not None:
        error = error.__cause__
    sys.exit(f"mobilenas: {' '.join(str(error).split())}")


if __name__ == "__main__":
    main()
