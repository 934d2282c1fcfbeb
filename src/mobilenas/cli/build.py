"""From composed settings to the objects that they stand for."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, ListConfig, OmegaConf

from mobilenas.adaptation import NetAdapt
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.cli.fits import check_fits
from mobilenas.cli.given import found_width, given_networks
from mobilenas.cli.trusted import check_targets
from mobilenas.files.hashes import fingerprint
from mobilenas.network.improvement import improvement, narrowed
from mobilenas.search_space import SearchSpace
from mobilenas.settings.checks import check_factor, check_positive
from mobilenas.stages import Experiment
from mobilenas.training.fit import Training

_READ = {
    *("name", "stages", "seed", "choose", "outputs", "fresh", "threads", "checkpoint_minutes", "scale", "store"),
    *("search_space", "method", "supernet_recipe", "recipe", "hardware", "algorithm", "objective", "evaluator"),
    *("data", "network", "network_file", "network_width", "improvements", "adaptation", "trainer", "logger"),
    *("executor", "retry_failures"),
}


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
    check_targets(settings)
    data = instantiate(config.data, _convert_="all")
    classes, resolution = len(data.classes), data.resolution
    improvements, adaptation = _improvements(config.improvements), _adaptation(config)
    networks = given_networks(settings, () if adaptation else improvements, classes, resolution)
    if networks and adaptation:
        space: SearchSpace = WidthSpace(networks[0], adaptation.divisor, f"{networks[0].name} at all widths")
    else:
        space = instantiate(config.search_space, classes=classes, resolution=resolution, _convert_="all")
    experiment = Experiment(
        folder=Path(config.outputs),
        settings=settings,
        stages=_strings(config.stages, "stages", "[profile,search]"),
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
        networks=networks,
        improvements=tuple(narrowed(name, found_width(settings)) for name in improvements),
        retry_failures=bool(config.retry_failures),
        executor=instantiate(config.executor, _convert_="all"),
        adaptation=adaptation,
    )
    check_fits(experiment)
    name = f"{config.name}-{config.scale.name}-s{config.seed}-{fingerprint(experiment.identity)[:8]}"
    return replace(experiment, folder=experiment.folder / name)


def _adaptation(config: DictConfig) -> NetAdapt | None:
    """NetAdapt as the algorithm, or after a search that has one of its own."""
    group = config.algorithm if get_object(config.algorithm._target_) is NetAdapt else config.adaptation
    return instantiate(group, _convert_="all") if group else None


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


def _check_names(settings: Mapping[str, Any]) -> None:
    """Raise ValueError for a name at the top that nothing reads; ``+name=value`` passes Hydra unseen."""
    unknown = sorted(settings.keys() - _READ)
    if unknown:
        raise ValueError(f"Nothing reads the setting {unknown[0]!r}; mobilenas --cfg job prints all there are.")
