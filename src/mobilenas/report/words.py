"""Describes the making of a run in words."""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from math import prod

import numpy as np

from mobilenas.search_space import SearchSpace
from mobilenas.settings.words import counted

TABLE_FACTS = (
    *("precision", "int8_instructions", "threads", "cores", "gpu", "batch", "clock", "rounds", "percentile"),
    *("measured", "load", "temperature"),
)
PACKAGES = ("mobilenas", "torch", "pytorch-lightning", "onnxruntime")


def search_space(space: SearchSpace) -> str:
    """Returns the name of a space, and the number of its architectures."""
    size = prod(space.options)
    count = f"{size:,}" if size < 1e9 else f"{size:.1e}"
    return f"{space.name}: {counted(len(space.options), 'decision')}, {count} architecture{'s' * (size > 1)}"


def device(about: Mapping[str, str]) -> str:
    """Returns the facts of a latency table about its device and its measurement, if it has them."""
    names = [about[name] for name in ("device", "engine", "version") if name in about]
    settings = [f"{name.replace('_', ' ')} {about[name]}" for name in TABLE_FACTS if name in about]
    return ", ".join(names + settings)


def scores(accuracy: Sequence[float]) -> str:
    """Returns mean, spread and range of random architectures' accuracies; empty if none was scored."""
    if not accuracy:
        return ""
    mean, spread, least, most = (
        100 * value for value in (np.mean(accuracy), np.std(accuracy), min(accuracy), max(accuracy))
    )
    return (
        f"{len(accuracy)} with shared weights: top-1 {mean:.1f} % on average, standard deviation {spread:.1f}, "
        f"from {least:.1f} to {most:.1f}"
    )


def versions() -> str:
    """Returns the versions of the packages that results depend on most."""
    return ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from its sources
        return ""
