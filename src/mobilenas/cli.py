"""The command line: compose the settings, build each group's object, run the pipeline. Only this file knows Hydra."""

import inspect
import logging
import os
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import hydra
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException
from hydra.utils import get_object, instantiate
from lightning_fabric.utilities.exceptions import MisconfigurationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException

from mobilenas.algorithm import NetAdapt
from mobilenas.artifact import fingerprint
from mobilenas.conf_dir import conf_dir
from mobilenas.evaluator import ProxyScoring
from mobilenas.improvement import improve, improvement, narrowed
from mobilenas.loggers import quiet_lightning
from mobilenas.ops.checks import check_factor, check_positive
from mobilenas.pipeline import run
from mobilenas.spec import NetworkSpec
from mobilenas.stages import Experiment, asks_for
from mobilenas.training import Training
from mobilenas.transform import resized, scale_width, set_classes, set_resolution

_READ = {
    *("name", "stages", "seed", "choose", "outputs", "fresh", "threads", "checkpoint_minutes", "scale", "store"),
    *("search_space", "method", "supernet_recipe", "recipe", "hardware", "algorithm", "objective", "evaluator"),
    *("data", "network", "network_file", "network_width", "improvements", "adaptation", "trainer", "logger"),
    *("executor", "retry_failures"),
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
    quiet_lightning()
    torch.set_flush_denormal(
        True
    )  # measuring sets it; set always, a continued run computes what an undisturbed one does
    with _sentences():  # here too: what passes through Hydra is printed by it
        experiment = build(config)
        if config.threads:
            torch.set_num_threads(config.threads)
        run(experiment, config.fresh)


@contextmanager
def _sentences() -> Iterator[None]:
    """End in a sentence in place of a traceback, unless MOBILENAS_TRACEBACK asks for one."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("mobilenas: stopped; the same command goes on from the last checkpoint.")
    except (HydraException, OmegaConfBaseException, ValueError, OSError, sqlite3.Error) as error:
        if "MOBILENAS_TRACEBACK" in os.environ:
            raise
        sys.exit(f"mobilenas: {' '.join(_sentence(error).split())}")


def build(config: DictConfig) -> Experiment:
    """The objects that a composed configuration stands for.

    Raises:
        ValueError: a setting is misspelt, out of its range, or does not fit another
    """
    settings: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    _check_names(settings)
    check_positive("settings", choose=settings["choose"], threads=settings["threads"] or 1)
    check_factor("settings", checkpoint_minutes=settings["checkpoint_minutes"])
    if not re.fullmatch(r"[\w.-]+", str(settings["name"] or "")):
        raise ValueError(f"name must be made of letters, digits, '_', '-' and '.', not {settings['name']!r}.")
    _check_targets(settings)
    data = instantiate(config.data, _convert_="all")
    space = instantiate(config.search_space, classes=len(data.classes), resolution=data.resolution, _convert_="all")
    stages, improvements = _strings(config.stages, "stages", "[profile,search]"), _improvements(config.improvements)
    experiment = Experiment(
        folder=Path(config.outputs),
        settings=settings,
        stages=stages,
        seed=config.seed,
        choose=config.choose,
        space=space,
        data=data,
        hardware=instantiate(config.hardware, _convert_="all"),
        method=_factory(config.method, "method"),
        supernet_recipe=instantiate(config.supernet_recipe, _convert_="all"),
        recipe=instantiate(config.recipe, _convert_="all"),
        algorithm=_factory(config.algorithm, "algorithm"),
        objective=instantiate(config.objective, _convert_="all"),
        scoring=instantiate(config.evaluator, _convert_="all"),
        training=Training(
            _factory(config.trainer, "trainer"),
            _factory(config.logger, "logger"),
            config.seed,
            config.checkpoint_minutes,
        ),
        store=Path(config.store) if config.store else None,
        networks=_networks(settings, () if "adapt" in stages else improvements, len(data.classes), data.resolution),
        improvements=tuple(narrowed(name, _width(settings)) for name in improvements),
        retry_failures=bool(config.retry_failures),
        executor=instantiate(config.executor, _convert_="all"),
        adaptation=_adaptation(config),
    )
    _check_adaptation(experiment)
    _check_trials(experiment)
    if not space.options and {"supernet", "search"} & set(experiment.stages):
        raise ValueError(f"{space.name} has nothing to choose from: give search_space.candidates at least two names.")
    _check_device(experiment.training)
    if "supernet" in experiment.stages:
        _ = experiment.layerwise, experiment.supernet_scoring
        method: Any = experiment.method
        method.func.check(experiment.supernet_recipe, method.keywords)
    if asks_for(experiment.algorithm, "probabilities") and not asks_for(experiment.method, "latency"):
        raise ValueError(
            f"algorithm={config.algorithm._target_.rpartition('.')[2].lower()} takes what a method has learned of the"
            " architecture: add method=binarized or method=gumbel, or choose algorithm=nsga2."
        )
    if asks_for(experiment.algorithm, "objective"):
        experiment.algorithm(space=space, objective=experiment.objective, seed=config.seed)
    name = f"{config.name}-{config.scale.name}-s{config.seed}-{fingerprint(experiment.identity)[:8]}"
    return replace(experiment, folder=experiment.folder / name)


def _check_trials(experiment: Experiment) -> None:
    """Raise ValueError where a trial's batch does not fit its images."""
    scoring, data = experiment.scoring, experiment.data
    if isinstance(scoring, ProxyScoring) and "search" in experiment.stages:
        data = data.with_train_images(scoring.train_images) if scoring.train_images else data
        data.train_loader(experiment.recipe.batch_size, experiment.seed)


def _adaptation(config: DictConfig) -> NetAdapt | None:
    """NetAdapt as the algorithm, or after a search that has one of its own."""
    group = config.algorithm if get_object(config.algorithm._target_) is NetAdapt else config.adaptation
    return instantiate(group, _convert_="all") if group else None


def _check_adaptation(experiment: Experiment) -> None:
    stages, as_algorithm = experiment.stages, not asks_for(experiment.algorithm, "space")
    if as_algorithm and "search" in stages:
        raise ValueError(
            "algorithm=netadapt makes a trained network smaller: add experiment=netadapt, whose stages are"
            " profile, seed, adapt, retrain and report."
        )
    if "adapt" in stages and experiment.adaptation is None:
        raise ValueError("The stage adapt needs algorithm=netadapt, or algorithm@adaptation=netadapt after a search.")
    if {"seed", "adapt"} & set(stages) and not experiment.networks and "search" not in stages:
        raise ValueError("The stages seed and adapt need a network: add network=mobilenet_v2 say, or network_file=...")


def _check_device(training: Training) -> None:
    try:
        training.check()
    except MisconfigurationException as error:
        raise ValueError(f"{error} Choose trainer=auto, or another accelerator or number of devices.") from None


def _factory(group: DictConfig, name: str) -> Any:
    """The group's class with its settings, ready for what the pipeline adds; refuses a setting that it has not."""
    factory = instantiate(group, _partial_=True, _convert_="all")
    known = inspect.signature(factory.func).parameters
    for setting in factory.keywords:
        if setting not in known:
            raise ValueError(f"There is no setting {name}.{setting}; choose from {', '.join(known)}.")
    return factory


def _strings(values: object, name: str, example: str) -> tuple[str, ...]:
    if not isinstance(values, ListConfig):
        raise ValueError(f"{name} must be a list, as in {name}={example}, not {values!r}.")
    return tuple(map(str, values))


def _improvements(values: object) -> tuple[str, ...]:
    names = _strings(values, "improvements", "[slim_stem,h_swish@80]")
    for name in names:
        improvement(name)
    return names


def _networks(
    settings: Mapping[str, Any], improvements: Sequence[str], classes: int, resolution: int
) -> tuple[NetworkSpec, ...]:
    """The network to train where there is no search: from a file at the file's own size, else a published one.

    It is improved before its size changes: N of ``h_swish@N`` counts channels as they are published.
    """
    file, published = settings["network_file"], settings.get("network") or {}
    if not file and not published:
        return ()
    if "search" in settings["stages"]:
        raise ValueError(
            "A network to train and a search for others do not go together: leave out network, or the stages supernet"
            " and search, as in stages=[profile,retrain,report]."
        )
    if file:
        network = improve(NetworkSpec.load(Path(file)), improvements)
        network = set_resolution(set_classes(network, classes), resolution)
    else:
        scale = settings["scale"]
        network = improve(NetworkSpec.from_dict(published, "network"), improvements)
        network = resized(network, classes, resolution, scale["width"], scale["hidden"], scale["unstrided"])
    return (scale_width(network, settings["network_width"]),)


def _width(settings: Mapping[str, Any]) -> float:
    """Of the networks that a search or NetAdapt finds, where published ones have 1."""
    if settings["network_file"]:
        return float(settings["network_width"])
    if settings.get("network"):
        return float(settings["scale"]["width"] * settings["network_width"])
    return float(settings["search_space"].get("width", 1.0))


def _check_names(settings: Mapping[str, Any]) -> None:
    """Raise ValueError for a name at the top that nothing reads; ``+name=value`` passes Hydra unseen."""
    unknown = sorted(settings.keys() - _READ)
    if unknown:
        raise ValueError(f"Nothing reads the setting {unknown[0]!r}; mobilenas --cfg job prints all there are.")


def _check_targets(settings: object) -> None:
    """Raise ValueError for a class outside the project and its declared dependencies."""
    for target in _targets(settings):
        if not (target.startswith(_TRUSTED) and _home(target).startswith(_TRUSTED)):
            raise ValueError(f"_target_ {target!r} is not allowed: it must begin with {' or '.join(_TRUSTED)}.")


def _home(target: str) -> str:
    """The module that a target was defined in, whatever module it is reached through."""
    try:
        return str(get_object(target).__module__)
    except (ImportError, AttributeError, InstantiationException):
        raise ValueError(f"_target_ {target!r} does not exist.") from None


def _targets(settings: object) -> Iterator[str]:
    if isinstance(settings, Mapping):
        if "_target_" in settings:
            yield str(settings["_target_"])
        for value in settings.values():
            yield from _targets(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _targets(value)


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
    if isinstance(error, InterpolationKeyError):
        return f"The setting {error.full_key} refers to one that is missing: {error.msg}"
    if found := re.search(r"full_key: (\S+)", f"{error} {error.__cause__}"):
        close = get_close_matches(found[1], _settings(sys.argv[1:]), 1)
        hint = f"did you mean {close[0]!r}?" if close else "mobilenas --cfg job prints all there are."
        return f"There is no setting {found[1]!r}; {hint}"
    return str(error)


def _settings(arguments: Sequence[str]) -> list[str]:
    """Names of all settings and groups of the configuration whose groups are chosen as in the arguments."""
    groups = [path.name for path in conf_dir().iterdir() if path.is_dir()]
    choices = [one for one in arguments if one.partition("=")[0] in groups]
    GlobalHydra.instance().clear()
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
