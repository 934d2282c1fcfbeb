"""What every engine keeps: it measures times, more work takes longer, and it says what they depend on."""

from __future__ import annotations

from copy import deepcopy
from math import isfinite
from typing import Any

from mobilenas.engine import Engine
from mobilenas.network import Layer, NetworkSpec
from mobilenas.ops import Classifier, Conv, Shape
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

SMALL, LARGE = Layer(Conv(4, 1), Shape(4, 4, 4)), Layer(Conv(128, 3), Shape(128, 64, 64))
RUNS = 20  # the shortest of which counts: one layer has two million times the work of the other
NETWORK = NetworkSpec(Shape(3, 32, 32), (Conv(16, 3, stride=2), Conv(16, 3), Classifier(5)))


def examples() -> dict[str, Example]:
    """The engines of ``conf/hardware``, once each; one whose device is not here is named and skipped."""
    found: dict[Engine, Example] = {}
    for name in names("hardware"):
        device = settings_with(f"hardware={name}", *_path(name)).hardware.at_hand
        if device and device.engine not in found:
            found[device.engine] = Example(device.engine, _missing(device.engine))
    return {type(engine).__name__: example for engine, example in found.items()}


def a_time_is_above_0(engine: Engine) -> None:
    run = engine.prepare(_module(SMALL), SMALL.input)
    times_ms = [run() for _ in range(5)]
    expect(all(isfinite(ms) and ms > 0 for ms in times_ms), f"{_name(engine)} measures {times_ms} ms.")


def more_work_takes_longer(engine: Engine) -> None:
    small, large = (engine.prepare(_module(layer), layer.input) for layer in (SMALL, LARGE))
    least = [min(run() for _ in range(RUNS)) for run in (small, large)]
    expect(
        min(least) <= 0 or least[1] > least[0],  # what is not above 0 is told by the check above
        f"{_name(engine)}: {LARGE.macs:,} multiply-adds take {least[1]} ms, and {SMALL.macs:,} take {least[0]} ms.",
    )


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


def _path(name: str) -> tuple[str, ...]:
    return ("hardware.path=phone.csv",) if name == "table" else ()


def _name(engine: Engine) -> str:
    return type(engine).__name__
