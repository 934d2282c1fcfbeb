"""Decides which runs may be compared, and says in sentences what a reader must know of those that may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mobilenas.comparison.compared_run import ComparedRun
from mobilenas.settings.words import counted

_OTHER_SIZE = ("data.resolution", "data.augment", "data.normalization", "data.center_share")
"""Settings of data that leave the images and the splits what they are."""


def check_comparable(runs: Sequence[ComparedRun]) -> None:
    """Raises ValueError if runs have other tasks, images or splits than the first one."""
    first, *others = runs
    for other in others:
        if first.of_group("task") != other.of_group("task"):
            raise ValueError(f"{_both(first, other)}: they have other tasks.")
        own, its = _of_data(first), _of_data(other)
        same_settings = own == its
        same_size = all(first.settings.get(name) == other.settings.get(name) for name in _sizes(first, other))
        hashes_differ = bool(first.images and other.images) and first.images != other.images
        if hashes_differ and (same_size or not same_settings):
            differ = [name for name in own.keys() | its.keys() if own.get(name) != its.get(name)]
            named = ", ".join(f"{name}: {own.get(name)} and {its.get(name)}" for name in sorted(differ)[:3])
            raise ValueError(
                f"{_both(first, other)}: they have other images or splits{f' ({named})' if named else ''}."
            )
        if not (first.images and other.images) and not same_settings:
            raise ValueError(f"{_both(first, other)}: the settings of their data differ.")


def caveats_of(runs: Sequence[ComparedRun]) -> Iterator[str]:
    """Yields what a reader must know: other devices, other scores, other supernets, other numbers of evaluations."""
    if len(devices := dict.fromkeys(run.device for run in runs)) > 1:
        yield (
            f"The latencies are of {counted(len(devices), 'different device')}, so that hypervolumes are compared only"
            f" within a device: {'; '.join(short_names(devices).values())}."
        )
    if len({repr(run.of_group("evaluator")) for run in runs}) > 1:
        yield "The runs score architectures in different ways, so that their accuracies mean different things."
    supernets = {run.made["supernet"].fingerprint for run in runs if "supernet" in run.made}
    if len(supernets) > 1:
        yield (
            f"The accuracies are scores of {counted(len(supernets), 'different supernet')}: a higher score may be that"
            " of a better trained supernet, and not of a better architecture."
        )
    fewest, most = min(counts := [len(run.told) for run in runs]), max(counts)
    if most > 1.1 * fewest:
        yield (
            f"The searches evaluated from {fewest:,} to {most:,} architectures: a search that evaluates more of them"
            " finds a better front."
        )
    if len({repr(run.settings.get("data.resolution")) for run in runs}) > 1:
        yield "The images have different sizes."


def short_names(devices: Iterable[str]) -> dict[str, str]:
    """Returns a name for each device: the facts in words that the others do not all have."""
    parts = {device: device.split(", ") for device in devices}
    common = set.intersection(*(set(one) for one in parts.values())) if len(parts) > 1 else set()
    return {device: ", ".join(part for part in one if part not in common) or device for device, one in parts.items()}


def _both(first: ComparedRun, other: ComparedRun) -> str:
    return f"{first.folder} and {other.folder} cannot be compared"


def _of_data(run: ComparedRun) -> dict[str, object]:
    return {name: value for name, value in run.of_group("data").items() if not name.startswith(_OTHER_SIZE)}


def _sizes(*runs: ComparedRun) -> list[str]:
    return [name for run in runs for name in run.of_group("data") if name.startswith(_OTHER_SIZE)]
