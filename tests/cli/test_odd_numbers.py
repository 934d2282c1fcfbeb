"""Huge and odd numbers, in every setting that is a number: one sentence before any work, never a traceback."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from mobilenas.cli.trusted import resolve
from mobilenas.network import NetworkSpec
from mobilenas.pipeline.settings import Settings, read_settings
from mobilenas.settings import SettingsError
from mobilenas.settings.typed import accepts, annotations_of
from tests.cli.hostile_targets import composed_values

PRESETS = (  # together they have all settings
    "experiment=moga", "experiment=proxyless_g", "experiment=fbnet", "experiment=mnasnet", "experiment=netadapt",
    "experiment=proxyless_cifar_r", "experiment=mobilenetv3_small", "search_space=mobilenet_v4",
    "data=image_folder data.root=photos", "data=imagenet", "data=cifar10", "hardware=predictor", "hardware=cuda",
    "executor=ray", "evaluator=proxy_task", "trainer=ddp", "algorithm=random", "algorithm=sampled method=gumbel",
    "algorithm=regularized_evolution objective=latency_reward",
)  # fmt: skip
NEVER = (float("nan"), float("inf"), -float("inf"), 2**32, 2**63, 2**64, 10**100, 1e300, -1e300)
NO_NUMBERS = ("abc", [], {}, True, None)


def numbers(settings: Any, place: str = "") -> Iterator[tuple[str, object]]:
    """Every setting that takes a number: its place and its annotation."""
    for one in fields(settings):
        value, name = getattr(settings, one.name), f"{place}.{one.name}".lstrip(".")
        annotation = annotations_of(type(settings))[one.name]
        if is_dataclass(value) and not isinstance(value, NetworkSpec):
            yield from numbers(value, name)
        elif any(accepts(annotation, number) for number in (1, 2, 0.5, 0, -1)):
            yield name, annotation


def _refused(values: Mapping[str, object], place: str, value: object) -> tuple[str, ...]:
    """What is said to a value; nothing where it is right."""
    changed: Any = deepcopy(dict(values))
    part = changed
    *way, name = place.split(".")
    for one in way:
        part = part[one]
    part[name] = value
    try:
        read_settings(changed, resolve)
    except SettingsError as error:
        return error.sentences
    return ()


def _of(preset: str) -> tuple[dict[str, object], list[tuple[str, object]]]:
    values = composed_values(*preset.split())
    made: Settings = read_settings(deepcopy(values), resolve)
    return values, list(numbers(made))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_number_that_no_user_means_is_refused_in_a_sentence_that_names_its_setting(preset: str) -> None:
    values, found = _of(preset)
    assert len(found) > 50
    for place, _ in found:
        for value in NEVER:
            (said,) = _refused(values, place, value)
            assert said.startswith(f"{place} must be ") and said.isprintable() and len(said) < 300, said


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_no_number_is_refused_or_right(preset: str) -> None:
    values, found = _of(preset)
    for place, annotation in found:
        for value in NO_NUMBERS:
            if not accepts(annotation, value):
                assert _refused(values, place, value)[0].startswith(f"{place} must be ")


def test_all_groups_with_numbers_are_tried() -> None:
    tried = {place.partition(".")[0] for preset in PRESETS for place, _ in _of(preset)[1]}
    assert {
        "seed", "choose", "threads", "network_width", "checkpoint_minutes", "scale", "search_space", "method", "recipe",
        "supernet_recipe", "hardware", "algorithm", "objective", "evaluator", "data", "trainer", "executor",
    } <= tried  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("seed", 2**32, "seed must be at most 4,294,967,295, not 4294967296."),
        ("data.split_seed", 2**32, "data.split_seed must be at most 4,294,967,295, not 4294967296."),
        ("data.resolution", 100_000, "data.resolution must be at most 8,192, not 100000."),
        ("search_space.width", 1e300, "search_space.width must be at most 100, not 1e+300."),
        ("search_space.width", 1e-300, "search_space.width must be at least 0.001, not 1e-300."),
        ("search_space.width", -1, "search_space.width must be a number above 0, not -1."),
        ("network_width", 101, "network_width must be at most 100, not 101."),
        ("threads", 100_000, "threads must be at most 4,096, not 100000."),
        ("recipe.lr", 1e300, "recipe.lr must be at most 1e+09, not 1e+300."),
        ("recipe.epochs", 10**12, "recipe.epochs must be at most 1,000,000, not 1000000000000."),
        ("recipe.batch_size", 10**9, "recipe.batch_size must be at most 1,000,000, not 1000000000."),
        ("evaluator.batch_size", 10**9, "evaluator.batch_size must be at most 65,536, not 1000000000."),
        ("hardware.engine.batch", 10**9, "hardware.engine.batch must be at most 65,536, not 1000000000."),
        ("executor.processes", 10**6, "executor.processes must be at most 4,096, not 1000000."),
        ("executor.timeout_minutes", 1e9, "executor.timeout_minutes must be at most 525,600, not 1000000000.0."),
        ("recipe.epochs", -1, "recipe.epochs must be a whole number, 0 or more, not -1."),
    ],
)
def test_the_bound_is_said_only_to_those_who_meet_it(place: str, value: object, said: str) -> None:
    assert _refused(composed_values("experiment=moga"), place, value) == (said,)
