"""What every engine must do: it measures times, more work takes longer, and it says what they depend on."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from math import inf, isfinite
from time import perf_counter
from typing import Any

from mobilenas.engine import Engine
from mobilenas.network import Layer, NetworkSpec
from mobilenas.ops import Classifier, Conv, Shape
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

SMALL, LARGE = Layer(Conv(4, 1), Shape(4, 4, 4)), Layer(Conv(128, 3), Shape(128, 64, 64))
MIDDLE = Layer(Conv(64, 3), Shape(64, 32, 32))
IMAGES = 64
MOST_TURNS = 50
RUNS = 20  # the shortest of which counts: one layer has two million times the work of the other
FEW_RUNS = 5  # of a layer that takes long
FACTOR = 30  # between the time of a forward pass and the clock's, at most
NETWORK = NetworkSpec(Shape(3, 32, 32), (Conv(16, 3, stride=2), Conv(16, 3), Classifier(5)))


def examples() -> dict[str, Example]:
    """The engines of ``conf/hardware``, once each; one whose device or setting is missing is named and skipped."""
    engines: dict[Engine, Example] = {}
    missing: dict[str, Example] = {}
    for name in names("hardware"):
        try:
            device = settings_with(f"hardware={name}").hardware.at_hand
        except ValueError as error:  # a hardware whose file, for example, is not said
            missing[name] = Example(None, str(error))
            continue
        if device and device.engine not in engines:
            engines[device.engine] = Example(device.engine, _missing(device.engine))
    return {type(engine).__name__: example for engine, example in engines.items()} | missing


def a_time_is_above_0(engine: Engine) -> None:
    run = engine.prepare(_module(SMALL), SMALL.input)
    times_ms = [run() for _ in range(5)]
    expect(all(isfinite(ms) and ms > 0 for ms in times_ms), f"{_name(engine)} measures {times_ms} ms.")


def more_work_takes_longer(engine: Engine) -> None:
    least = [_least_ms(engine, layer, RUNS) for layer in (SMALL, LARGE)]
    expect(
        min(least) <= 0 or least[1] > least[0],  # what is not above 0 is told by the check above
        f"{_name(engine)}: {LARGE.macs:,} multiply-adds take {least[1]} ms, and {SMALL.macs:,} take {least[0]} ms.",
    )


def more_images_take_longer(engine: Engine) -> None:
    """Compares the shortest of many runs, one image and many by turns, because the machine may be busy."""
    settings: Any = engine
    names = [one.name for one in fields(settings)] if is_dataclass(settings) else []
    if not (field := next((name for name in ("batch", "images") if name in names), "")):
        return
    few, many = (replace(settings, **{field: images}).prepare(_module(MIDDLE), MIDDLE.input) for images in (1, IMAGES))
    least_few, least_many = inf, inf
    for turn in range(MOST_TURNS):
        least_few, least_many = min(least_few, few()), min(least_many, many())
        told = min(least_few, least_many) <= 0  # by the check that a time is above 0
        if told or (turn >= FEW_RUNS and least_many > 2 * least_few):
            return
    expect(False, f"{_name(engine)}: {IMAGES} images take {least_many} ms, and 1 takes {least_few} ms.")


def its_times_are_milliseconds(engine: Engine) -> None:
    """The clock around a forward pass shows a little more time; seconds or microseconds would be 1000 times off."""
    run = engine.prepare(_module(LARGE), LARGE.input)
    pairs = []
    for _ in range(FEW_RUNS):
        begin = perf_counter()
        found = run()
        pairs.append((found, 1000 * (perf_counter() - begin)))
    agree = any(wall / FACTOR < found < wall * FACTOR for found, wall in pairs)
    told = min(found for found, _ in pairs) <= 0  # by the check that a time is above 0
    expect(told or agree, f"{_name(engine)} measures {pairs[-1][0]} ms of a forward pass that takes {pairs[-1][1]} ms.")


def a_module_stays_as_it_is(engine: Engine) -> None:
    module = _module(SMALL)
    before = deepcopy(module.state_dict())
    engine.prepare(module, SMALL.input)()
    after = module.state_dict()
    expect(all(bool((before[name] == after[name]).all()) for name in before), f"{_name(engine)} changes the module.")
    expect(not module.training, f"{_name(engine)} puts the module into training mode.")


def it_says_what_times_depend_on(engine: Engine) -> None:
    for name in ("engine", "version", "device", "batch"):
        expect(engine.about.get(name), f"{_name(engine)} does not say its {name!r}.")
    expect(engine.about == engine.about, f"{_name(engine)} says something else each time.")
    expect(int(engine.about["batch"]) == engine.images >= 1, f"{_name(engine)} runs {engine.images} images at once.")


def its_breakdown_is_by_kind(engine: Engine) -> None:
    found = engine.breakdown(NETWORK)
    expect(found, f"{_name(engine)} breaks a network's time down to nothing.")
    expect(all(isfinite(ms) and ms > 0 for ms in found.values()), f"{_name(engine)}: {found} has a time of no time.")
    expect(any("conv" in kind for kind in found), f"{_name(engine)}: {found} has no convolution.")


CHECKS = (
    a_time_is_above_0,
    more_work_takes_longer,
    more_images_take_longer,
    its_times_are_milliseconds,
    a_module_stays_as_it_is,
    it_says_what_times_depend_on,
    its_breakdown_is_by_kind,
)


def _module(layer: Layer) -> Any:
    return layer.build().eval()


def _missing(engine: Engine) -> str:
    try:
        _ = engine.about
    except ValueError as error:
        return str(error)
    return ""


def _least_ms(engine: Engine, layer: Layer, runs: int = FEW_RUNS) -> float:
    run = engine.prepare(_module(layer), layer.input)
    return min(run() for _ in range(runs))


def _name(engine: Engine) -> str:
    return type(engine).__name__
